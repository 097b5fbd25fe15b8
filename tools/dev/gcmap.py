"""The gcmap program: building it, and the questions other commands ask it."""

import concurrent.futures
import dataclasses
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading

from . import builds, faults, project

_SIGNATURE = re.compile(r"(\S+): ")
_LEFT = re.compile(r"# (\S+): ")
_CLEAN = re.compile(r"^clean: .*?((?:FAILS IT TOO|came to no verdict).*)$", re.MULTILINE)
_OPERATIONS = re.compile(r"^\d+ operations became (\d+) in", re.MULTILINE)


def built(fault=None, build="sanitized"):
    """The gcmap program of a build of ./dev fuzz, with the planted fault if one is named."""
    if fault is not None:
        return faults.build(faults.select([fault])[0], build) / "gcmap"
    builds.build(project.PRESETS[build], ["gcmap_cli"])
    return clean(build)


def clean(build):
    """Where the gcmap program without a fault stands once it is built: what a fault's reduction must
    pass there."""
    return project.BUILD / project.PRESETS[build] / "harness" / "gcmap"


def environment(fault=None, build="sanitized"):
    """What a gcmap program is told in GCMAP_COMMAND: how its user calls its commands, for the lines it prints
    to be repeated; {command} stands for the name of one."""
    flags = (f" --fault {fault}" if fault else "") + (" --fast" if build == "fast" else "")
    return {**os.environ, "GCMAP_COMMAND": f"./dev {{command}}{flags}"}


def show_help(command):
    """The options of the program itself, if it has been built."""
    built_already = [binary for preset in project.PRESETS.values()
                     if (binary := project.BUILD / preset / "harness" / "gcmap").exists()]
    if built_already:
        print()
        sys.stdout.flush()
        subprocess.run([str(built_already[0]), command, "--help"], env=environment(), check=False)


@dataclasses.dataclass
class Reduction:
    signature: str | None  # None: it was not reduced, and `problem` says why
    operations: int | None = None
    problem: str = ""
    interrupted: bool = False  # which ended it
    clean: str = ""  # what is wrong if the library without the fault does not pass the result


class Gcmap:
    def __init__(self, binary, fault=None, build="sanitized"):
        self.binary = pathlib.Path(binary)
        self.environment = environment(fault, build)
        self.clean = clean(build) if fault else None

    def _ask(self, *words):
        return subprocess.run([str(self.binary), *map(str, words)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, errors="replace", check=False, env=self.environment)

    def to_binary(self, programs, directory):
        """Writes each program, in binary form, into `directory`, under its folder's name and its own."""
        directory.mkdir(parents=True, exist_ok=True)

        def convert(program):
            asked = self._ask("convert", program, directory / f"{program.parent.name}-{program.stem}.bin")
            if asked.returncode != 0:
                said = asked.stderr.strip().splitlines() or [f"gcmap ended with {asked.returncode}"]
                raise project.Stop(f"{project.relative(program)} was not converted: {said[-1]}")
        with concurrent.futures.ThreadPoolExecutor(project.jobs()) as pool:
            list(pool.map(convert, programs))

    def signature(self, program):
        """The line by which the failure of a program is known again; empty if it passes, None if that could
        not be told (the budget of work ran out, the system refused what a run takes)."""
        asked = self._ask("replay", "--signature", "--any-bytes", program)
        if asked.returncode == project.FOUND:
            return asked.stdout.strip()
        return "" if asked.returncode == project.OK else None

    def reduce(self, program, target, seconds=None, tick=lambda said: None):
        """Reduces a failing program into `target`, for at most `seconds`: then, or on Ctrl-C, what it has
        come to is the result. `tick` is called with each line of progress."""
        stopped = []
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as printed:
            command = [str(self.binary), "reduce", "--any-bytes", str(program), "-o", str(target)]
            if self.clean and self.clean.exists():
                command += ["--clean", str(self.clean)]
            with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=printed, stderr=subprocess.PIPE, text=True,
                                  errors="replace", start_new_session=True, env=self.environment) as process:
                timer = threading.Timer(seconds or threading.TIMEOUT_MAX, lambda: (stopped.append(False), process.terminate()))
                timer.daemon = True
                timer.start()
                said = []
                try:
                    for line in process.stderr:
                        said.append(line)
                        tick(" ".join(line.split()))
                except KeyboardInterrupt:
                    process.terminate()
                    stopped.append(True)
                timer.cancel()
            printed.seek(0)
            output = printed.read()
        if stopped:
            return _best_so_far(target, stopped[0])
        verdict, size = _SIGNATURE.match(output), _OPERATIONS.search(output)
        if process.returncode not in (project.OK, project.UNDECIDED) or not verdict or not size:
            return Reduction(None, problem=("".join(said).strip() or f"exit code {process.returncode}").splitlines()[-1])
        wrong = _CLEAN.search(output)
        return Reduction(verdict[1], int(size[1]), clean=wrong[1] if wrong else "")


def operations_of(program):
    """How many operations a program in text form has."""
    lines = program.read_text(encoding="utf-8").splitlines()
    return sum(bool(line.strip()) and not line.startswith(("#", "config")) for line in lines)


def _best_so_far(target, interrupted):
    """What a reduction that was ended has left in `target`: "# <signature>: ...", then the program."""
    left = _LEFT.match(target.read_text(encoding="utf-8")) if target.exists() else None
    if not left:
        return Reduction(None, problem="its reduction was ended before it began", interrupted=interrupted)
    return Reduction(left[1], operations_of(target), interrupted=interrupted)
