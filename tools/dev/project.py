"""Where things are, what is fuzzed and in which builds, who may use what, and the one way to give up."""

import contextlib
import fcntl
import os
import pathlib
import sys
import time

from . import terminal

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
CORPUS = ROOT / "corpus"
FAULTS = ROOT / "faults"
FUZZ_STATE = ROOT / ".fuzz"

# What ./dev fuzz and ./dev hunt run: fuzz/<target>.cc.
TARGETS = ("map_ops_fuzz", "heap_ops_fuzz")

# The two builds of every target and their presets. Without a sanitizer an execution costs a third, so that
# build finds more; the sanitized one sees what the oracles cannot, and confirms what the other found.
PRESETS = {"fast": "fuzz-fast", "sanitized": "asan-ubsan"}

# Exit codes of every command.
OK, FOUND, USAGE, UNDECIDED = 0, 1, 2, 3

interruption = None  # the signal that ended the command, if one did
_bugs = []


def relative(path):
    """The path as the user would type it from where they are."""
    shorter = os.path.relpath(path)
    return str(path) if shorter.startswith("../../..") else shorter


def jobs():
    return len(os.sched_getaffinity(0))


def remember_bug():
    """A bug of the library was found: the command ends with FOUND, whatever else happens to it."""
    _bugs.append(True)


def bug_was_found():
    return bool(_bugs)


class Stop(Exception):
    """Ends the command with a message of one line (or a few) and an exit code."""

    def __init__(self, message, code=USAGE):
        super().__init__(message)
        self.code = code


class Held(Stop):
    """Another process, `holder`, has the lock: "process 123 (./dev fuzz) that builds build/fuzz-fast"."""

    def __init__(self, holder):
        super().__init__(f"{holder} is in the way: wait for it or end it")
        self.holder = holder


def warn(message):
    print(terminal.printable(f"dev: {message}"), file=sys.stderr, flush=True)


@contextlib.contextmanager
def locked(path, what, wait=True, while_waiting=lambda holder: None):
    """Holds the lock file `path`, which one process has at a time and which ends with it. `what` completes
    "process 123 (./dev fuzz) that ...": "builds build/fuzz-fast". Where another process holds it, says which,
    and waits (`while_waiting(holder)` is called again and again); without `wait` it raises Held."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666), "r+", encoding="utf-8", errors="replace") as lock:
        told = False
        while not _try_lock(lock):
            lock.seek(0)
            holder = lock.read().strip() or f"another process ({relative(path)})"
            if not wait:
                raise Held(holder)
            if not told:
                warn(f"waits for {holder}")
                told = True
            while_waiting(holder)
            time.sleep(0.1)
        _say_in(lock, f"process {os.getpid()} ({' '.join(['./dev', *sys.argv[1:]])}) that {what}")
        try:
            yield
        finally:
            _say_in(lock, "")


def _try_lock(file):
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        return False


def _say_in(file, text):
    file.seek(0)
    file.truncate()
    file.write(text)
    file.flush()
