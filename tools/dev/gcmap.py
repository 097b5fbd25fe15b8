"""The gcmap program: building it, and the questions other commands ask it."""

import concurrent.futures
import dataclasses
import os
import pathlib
import re
import subprocess
import sys

from . import builds, faults, project

_SIGNATURE = re.compile(r"(\S+): ")
_OPERATIONS = re.compile(r"^\d+ operations became (\d+) in", re.MULTILINE)


def built(fault=None, build="sanitized"):
    """The gcmap program of a build of ./dev fuzz, with the planted fault if one is named."""
    if fault is not None:
        return faults.build(faults.select([fault])[0], build) / "gcmap"
    return builds.build(project.PRESETS[build], ["gcmap_cli"]) / "harness" / "gcmap"


def environment(fault=None, build="sanitized"):
    """What a gcmap program is told in GCMAP_COMMAND: how its user calls its commands, for the lines it prints to be
    repeated; {command} stands for the name of one."""
    flags = (f" --fault {fault}" if fault else "") + (" --fast" if build == "fast" else "")
    return {**os.environ, "GCMAP_COMMAND": f"./dev {{command}}{flags}"}


def show_help(command):
    """The options of the program itself, if it has been built."""
    built_already = [binary for preset in (*project.PRESETS.values(), "asan-ubsan")
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


class Gcmap:
    def __init__(self, binary, fault=None, build="sanitized"):
        self.binary = pathlib.Path(binary)
        self.environment = environment(fault, build)

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

    def reduce(self, program, target):
        """Reduces a failing program into `target`."""
        asked = self._ask("reduce", "--any-bytes", program, "-o", target)
        verdict = _SIGNATURE.match(asked.stdout)
        size = _OPERATIONS.search(asked.stdout)
        if asked.returncode not in (0, 3) or not verdict or not size:
            return Reduction(None, problem=(asked.stderr.strip() or f"exit code {asked.returncode}").splitlines()[-1])
        return Reduction(verdict[1], int(size[1]))
