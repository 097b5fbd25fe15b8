"""How ./dev ends: an exit code of its kind and, where something went wrong, one line that says what, where
and what to do.

    0 nothing found   1 a bug of the library   2 usage or environment   3 undecided   128 + n ended by signal n

So a failure of the environment (a full disk, a missing program, a file that may not be read), and a failure
of ./dev itself, ends with 2. Whatever ends a command, a bug of the library that was found before
(`project.remember_bug`) gives 1.
"""

import contextlib
import errno
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import traceback

from . import project

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
# What to do about a failure of the environment.
ADVICE = {
    errno.ENOSPC: "free some room",
    errno.EDQUOT: "free some room",
    errno.EROFS: "make it writable, or work in a copy of the project",
    errno.EACCES: "change its permissions, or work in a copy of the project",
    errno.EPERM: "change its permissions, or work in a copy of the project",
    errno.EMFILE: "raise the limit of open files: ulimit -n 1024",
    errno.ENFILE: "end other programs: the machine has no more open files to give",
    errno.ENOMEM: "end other programs, or raise the limit of memory: ulimit -v unlimited",
    errno.EAGAIN: "end other programs, or raise the limit of processes: ulimit -u",
    errno.ENOENT: "name one that exists, or create it",
    errno.ENOTDIR: "name a folder",
    errno.EISDIR: "name a file",
    errno.EEXIST: "name another one",
    errno.ENAMETOOLONG: "choose a shorter name",
}
ROOM_BYTES = 16 << 20  # less is no room


def run(main, words):
    """Runs `main(words)` and returns the exit code for the process."""
    _open_standard_files()
    _watch_signals()
    try:
        code = main(words)
        sys.stdout.flush()
    except SystemExit as end:  # argparse
        code = end.code or project.OK
    except project.Stop as stop:
        code = _say(stop, stop.code)
    except KeyboardInterrupt:
        code = _say("interrupted", project.USAGE)
    except BrokenPipeError:
        code = 128 + signal.SIGPIPE
    except Exception as failure:  # whatever else it is: no bug of the library
        code = project.USAGE
        if (line := explained(failure)) is not None:
            _say(line, code)
        else:
            traceback.print_exc()
            _say("that is a bug of ./dev itself (above), not of the library", code)
    _silence(sys.stdout)
    return _final(code)


def _final(code):
    if project.bug_was_found():
        return project.FOUND
    if project.interruption is not None and code != project.FOUND:
        return 128 + project.interruption
    return code


def _say(message, code):
    with contextlib.suppress(OSError):
        project.warn(message)
    return code


def explained(failure):
    """One line about a failure of the environment; None of any other."""
    if isinstance(failure, OSError):
        return _of_system(failure)
    if isinstance(failure, MemoryError) or (isinstance(failure, RuntimeError) and "start new thread" in str(failure)):
        return f"out of memory ({ADVICE[errno.ENOMEM]})"
    if isinstance(failure, UnicodeDecodeError):
        return f"a file that should be text is not ({failure.reason} at byte {failure.start}, in UTF-8): {_bytes(failure.object)}"
    if isinstance(failure, UnicodeEncodeError):
        return f"the terminal cannot show {failure.object[failure.start:failure.end]!r}: set LANG=C.UTF-8"
    if isinstance(failure, subprocess.SubprocessError):
        return f"a program that ./dev needs failed: {' '.join(str(failure).split())}"
    return None


def _of_system(failure):
    what = (failure.strerror or str(failure) or type(failure).__name__).lower()
    name = os.fsdecode(failure.filename) if isinstance(failure.filename, (str, bytes, os.PathLike)) else None
    if failure.errno == errno.ENOENT and name and "/" not in name:
        return f"{name} is needed and not installed, or there is no such file: install it, or check PATH"
    where = f": {project.relative(name)}" if name else _full_disks() if failure.errno in (errno.ENOSPC, errno.EDQUOT) else ""
    advice = ADVICE.get(failure.errno)
    return f"{what}{where}" + (f" ({advice})" if advice else "")


def _full_disks():
    """Where there is no room left: what could not be written has no name in such a failure."""
    named = [pathlib.Path(word) for word in sys.argv[1:] if os.path.exists(word)]
    places = [*named, project.BUILD, project.FUZZ_STATE, pathlib.Path(tempfile.gettempdir())]
    full = []
    for place in places:
        with contextlib.suppress(OSError):
            there = next(folder for folder in (place, *place.parents) if folder.exists())
            space = os.statvfs(there)
            if space.f_bavail * space.f_frsize < ROOM_BYTES:
                full.append(project.relative(place))
    return f": the disk of {', '.join(full)}" if full else ": where the output goes"


def _bytes(content):
    start = bytes(content[:20])
    return f"it begins with {start!r}"


def _watch_signals():
    """SIGINT also where a shell started us with it ignored; SIGHUP not where nohup did."""
    for name in SIGNALS:
        number = signal.Signals[name]
        if name != "SIGHUP" or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _interrupt)


def _interrupt(number, _):
    project.interruption = number
    raise KeyboardInterrupt


def _open_standard_files():
    """One that was closed is the null device: what is opened later would take its place."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = sys.stderr or open(2, "w", encoding="utf-8", closefd=False)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")  # as stderr: a terminal that cannot show a name still shows the rest


def _silence(stream):
    """What it still holds is lost if it cannot be written; Python would try again and change the
    exit code."""
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
