"""Configure and build with CMake: quiet with a progress line, loud on failure."""

import contextlib
import re
import subprocess
import sys
import time

from . import project, terminal

NINJA_STEP = re.compile(r"\[(\d+)/(\d+)\] (.*)")
LEAST_CMAKE = (3, 25)


def configure_command(preset, directory, variables):
    command = ["cmake", "--preset", preset, "-S", str(project.ROOT), "-B", str(directory)]
    return command + [f"-D{name}={value}" for name, value in variables.items()]


def configure(preset, directory=None, variables=None, label=None):
    """Configures `preset` unless that was done with the same words before. Returns the build directory."""
    directory = directory or project.BUILD / preset
    label = label or f"configure {preset}"
    command = configure_command(preset, directory, variables or {})
    stamp = directory / "configured-by-dev"
    if (directory / "build.ninja").exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == repr(command):
        return directory
    _require_cmake()
    status = terminal.Status(sys.stderr)
    status.update(f"{label}: configure")
    _run(command, label, status)
    status.finish()
    stamp.write_text(repr(command), encoding="utf-8")
    return directory


def build(preset, targets, directory=None, variables=None, label=None):
    """Configures `preset` if need be and builds `targets` (all if empty). Returns the build directory.

    `directory` and `variables` differ from the preset's where a caller wants a build of its own. A failure
    prints what the compiler said and ends the command with exit code 2."""
    label = label or f"build {preset}"
    started = time.monotonic()
    directory = configure(preset, directory, variables, label)
    status = terminal.Status(sys.stderr)
    command = ["cmake", "--build", str(directory), "--parallel", str(project.jobs())]
    steps = _run(command + (["--target", *targets] if targets else []), label, status)
    took = time.monotonic() - started
    status.finish(f"{label}: {steps} steps, {terminal.seconds(took)}" if steps > 1 else None)
    return directory


def _require_cmake():
    words = subprocess.run(["cmake", "--version"], capture_output=True, text=True).stdout.split()
    found = words[2] if len(words) > 2 else "unknown"
    if tuple(int(number) for number in re.findall(r"\d+", found)[:2]) < LEAST_CMAKE:
        raise project.Stop(f"cmake {found} is too old: {LEAST_CMAKE[0]}.{LEAST_CMAKE[1]} is needed (Debian 12, Ubuntu 24.04)")


@contextlib.contextmanager
def output_of(command):
    """A process whose stdout carries everything it prints, line by line; it does not outlive an interruption."""
    with subprocess.Popen(command, cwd=project.ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace") as process:
        try:
            yield process
        except BaseException:
            process.terminate()
            raise


def _run(command, label, status):
    """Runs a configure or build command; returns the number of steps ninja did."""
    kept, steps = [], 0
    with output_of(command) as process:
        for line in process.stdout:
            kept.append(line)
            if step := NINJA_STEP.match(line):
                done, total, what = step.groups()
                steps = max(steps, int(done))
                status.update(f"{label}: {done}/{total} {what.rsplit('/', 1)[-1]}")
    if process.returncode != 0:
        status.finish()
        sys.stderr.write("".join(line for line in kept if not _uninteresting(line)))
        raise project.Stop(f"{label} failed (above); the command was:\n  {' '.join(command)}")
    return steps


def _uninteresting(line):
    """A finished step of ninja's, or a line of a configure that went well."""
    return bool(NINJA_STEP.match(line)) or line.startswith("-- ")
