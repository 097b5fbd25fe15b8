"""Where things are, what is fuzzed and in which builds, and the one way to give up."""

import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
CORPUS = ROOT / "corpus"
FAULTS = ROOT / "faults"
FUZZ_STATE = ROOT / ".fuzz"

# What ./dev fuzz and ./dev hunt run: fuzz/<target>.cc.
TARGETS = ("map_ops_fuzz", "heap_ops_fuzz")

# The two builds of every target and their presets. Without a sanitizer an execution costs a third, so that build
# finds more; the sanitized one sees what the oracles cannot, and confirms what the other found.
PRESETS = {"fast": "fuzz-fast", "sanitized": "fuzz"}

# Exit codes of every command.
OK, FOUND, USAGE = 0, 1, 2


def relative(path):
    """The path as the user would type it from where they are."""
    shorter = os.path.relpath(path)
    return str(path) if shorter.startswith("../../..") else shorter


def jobs():
    return len(os.sched_getaffinity(0))


class Stop(Exception):
    """Ends the command with a message of one line (or a few) and an exit code."""

    def __init__(self, message, code=USAGE):
        super().__init__(message)
        self.code = code


def warn(message):
    print(f"dev: {message}", file=sys.stderr, flush=True)
