"""./dev fmt and ./dev tidy: the sources, formatted and linted."""

import concurrent.futures
import json
import pathlib
import re
import subprocess

from . import builds, project, terminal

FOLDERS = ("lib", "harness", "fuzz", "properties", "bench", "ci")


def cxx_files(suffixes=(".h", ".cc")):
    return [path for folder in FOLDERS for path in sorted((project.ROOT / folder).rglob("*")) if path.suffix in suffixes]


def _named(files):
    paths = [pathlib.Path(name).resolve() for name in files]
    for path in paths:
        if not path.is_file():
            raise project.Stop(f"no file {project.relative(path)}")
    return paths


class Format:
    @staticmethod
    def add_arguments(parser):
        parser.add_argument("--check", action="store_true", help="change nothing; exit code 1 if a file would change")
        parser.add_argument("file", nargs="*", help="default: every .h and .cc of the project")

    @staticmethod
    def run(arguments):
        paths = _named(arguments.file) or cxx_files()
        changed = []
        for path in paths:
            before = path.read_bytes()
            result = subprocess.run(["clang-format", str(path)], capture_output=True, check=False)
            if result.returncode != 0:
                raise project.Stop(result.stderr.decode("utf-8", "replace").strip())
            if result.stdout != before:
                changed.append(path)
                if not arguments.check:
                    path.write_bytes(result.stdout)
        for path in changed:
            print(f"{'would change' if arguments.check else 'formatted'} {project.relative(path)}")
        print(f"{len(paths)} files, {len(changed)} {'to format' if arguments.check else 'changed'}")
        return project.FOUND if arguments.check and changed else project.OK


class Tidy:
    @staticmethod
    def add_arguments(parser):
        parser.add_argument("file", nargs="*", help=".cc files (default: all that are compiled)")

    @staticmethod
    def run(arguments):
        # Only configured: clang-tidy needs the compile commands, not the objects, and so no precompiled
        # header either.
        directory = builds.configure(project.PRESETS["sanitized"], project.BUILD / "tidy", {"CMAKE_DISABLE_PRECOMPILE_HEADERS": "ON"})
        commands = json.loads((directory / "compile_commands.json").read_text(encoding="utf-8"))
        compiled = sorted({pathlib.Path(command["file"]) for command in commands})
        paths = [path for path in _named(arguments.file) or compiled if path in compiled]
        if not paths:
            raise project.Stop("none of these files is compiled; name .cc files")
        status, done, findings = terminal.Status(), 0, set()
        with concurrent.futures.ThreadPoolExecutor(project.jobs()) as pool:
            runs = [pool.submit(_tidy, directory, path) for path in paths]
            for run in concurrent.futures.as_completed(runs):
                done += 1
                for finding in run.result():
                    if finding not in findings:  # a header's come with every file that includes it
                        findings.add(finding)
                        status.line(finding.rstrip())
                status.update(f"tidy: {done}/{len(paths)}")
        status.finish(f"{len(paths)} files, {len(findings)} findings")
        return project.FOUND if findings else project.OK


_FINDING = re.compile(r"^(?=/\S+:\d+:\d+: (?:warning|error): )", re.MULTILINE)


def _tidy(directory, path):
    """The findings in one file and its headers, each with its notes."""
    result = subprocess.run(["clang-tidy", "-p", str(directory), "--quiet", str(path)], stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace", check=False)
    findings = _FINDING.split(result.stdout)[1:]
    if result.returncode != 0 and not findings:
        said = result.stderr.strip().splitlines() or [f"it ended with {result.returncode}"]
        raise project.Stop(f"clang-tidy failed on {project.relative(path)}: {said[-1]}")
    return findings
