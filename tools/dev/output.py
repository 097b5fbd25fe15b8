"""Files a command writes for other programs (--json, --junit): looked at before the work starts, replaced in
one step at its end. Where a path leads elsewhere (a symbolic link) or is no regular file (a device, a FIFO),
that is written to and stays what it is.
"""

import os
import pathlib
import stat
import sys
import tempfile

from . import project

MODE = 0o666  # of a new file, less the umask


def check(path, flag=""):
    """Raises project.Stop if `path` could not be written now. `flag` names the option in the message. None is
    no path. Nothing is created or opened: a FIFO would wait for its reader."""
    if path is None:
        return
    place = _place(path)
    try:
        problem = _problem(path, place)
    except OSError as error:
        problem = error.strerror
    if problem:
        raise project.Stop(f"{flag + ' ' if flag else ''}{path}: {problem}")


def write(path, text):
    """Writes the file, whole or not at all. What cannot be saved is printed before project.Stop says why."""
    try:
        _write(path, text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        print(text, flush=True)
        raise project.Stop(f"{path} could not be written ({error.strerror}); what it would hold is printed above") from error


def _problem(path, place):
    """What stands in the way of writing, or None."""
    try:
        os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return _problem_of_folder(place.parent)
    if os.path.isdir(path):
        return "that is a folder; name a file in it"
    if not os.access(path, os.W_OK):
        return "it may not be written; change its permissions or name another file"
    return None


def _problem_of_folder(folder):
    if not folder.exists():
        return f"there is no folder {project.relative(folder)}; create it first"
    if not folder.is_dir():
        return f"{project.relative(folder)} is no folder"
    if not os.access(folder, os.W_OK | os.X_OK):
        return f"folder {project.relative(folder)} may not be written; change its permissions or name another file"
    if os.statvfs(folder).f_flag & os.ST_RDONLY:
        return f"folder {project.relative(folder)} is on a read-only file system; name another file"
    return None


def _write(path, data):
    try:
        there = os.stat(path)
    except FileNotFoundError:
        return _replace(_place(path), data, MODE & ~_umask())
    if _is_stdout(there):
        sys.stdout.flush()
        return _write_all(sys.stdout.fileno(), data)
    if stat.S_ISREG(there.st_mode) and os.access(_place(path).parent, os.W_OK | os.X_OK) and not os.path.ismount(_place(path)):
        return _replace(_place(path), data, stat.S_IMODE(there.st_mode))
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC | (os.O_TRUNC if stat.S_ISREG(there.st_mode) else 0))
    try:
        return _write_all(descriptor, data)
    finally:
        os.close(descriptor)


def _replace(place, data, mode):
    descriptor, partial = tempfile.mkstemp(prefix=f".{place.name[:100]}.", dir=place.parent)
    try:
        try:
            os.fchmod(descriptor, mode)
            _write_all(descriptor, data)
        finally:
            os.close(descriptor)
        os.replace(partial, place)
    except BaseException:
        os.unlink(partial)
        raise


def _write_all(descriptor, data):
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view):]


def _is_stdout(there):
    """/dev/stdout, or the file it was redirected to: replacing that would cut off what is printed later."""
    try:
        return os.path.samestat(there, os.fstat(sys.stdout.fileno()))
    except (OSError, ValueError):  # closed, or a test's
        return False


def _place(path):
    """Where symbolic links lead."""
    return pathlib.Path(os.path.realpath(path))


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask
