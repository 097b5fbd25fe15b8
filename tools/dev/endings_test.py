"""Tests of endings.py: the exit code and the one line for each way a command can end."""

import contextlib
import errno
import io
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

from dev import endings, project

SCRIPT = """
import os, signal, subprocess, sys, time
from dev import endings, project
def main(words):
{}
sys.exit(endings.run(main, []))
"""


def of(main):
    """(exit code, what was said) of a command that does `main`, in this process."""
    quiet = mock.patch.multiple(endings, _open_standard_files=mock.DEFAULT, _watch_signals=mock.DEFAULT)
    forgotten = mock.patch.multiple(project, interruption=None, _bugs=[])
    with quiet, forgotten, contextlib.redirect_stderr(io.StringIO()) as said:
        return endings.run(lambda _: main(), []), said.getvalue()


def failing(failure):
    def main():
        raise failure
    return main


class ExitCodes(unittest.TestCase):
    def complains(self, main, said):
        code, complaint = of(main)
        self.assertEqual(code, project.USAGE, complaint)
        self.assertRegex(complaint, rf"\A{said}[^\n]*\n\Z")

    def test_WhatACommandReturnsIsTheExitCode(self):
        for code in (project.OK, project.FOUND, project.USAGE, project.UNDECIDED):
            self.assertEqual(of(lambda code=code: code), (code, ""))
        self.assertEqual(of(failing(project.Stop("no", 3))), (3, "dev: no\n"))
        self.assertEqual(of(failing(SystemExit(2))), (2, ""))

    def test_AFailureOfTheEnvironmentIsOneLineAndNoBug(self):
        no_room = OSError(errno.ENOSPC, "No space left on device", "/a/b")
        self.complains(failing(no_room), said=r"dev: no space left on device: /a/b \(free some room\)")
        self.complains(failing(OSError(errno.EROFS, "Read-only file system", "/a/b")), said="dev: read-only file system: /a/b .*copy of the project")
        self.complains(failing(OSError(errno.EMFILE, "Too many open files")), said="dev: too many open files .*ulimit -n")
        self.complains(lambda: open("/no-such-folder/x", "w"), said="dev: no such file or directory: /no-such-folder/x")
        self.complains(lambda: open("/"), said="dev: is a directory: /")
        self.complains(lambda: subprocess.run(["no-such-program"]), said="dev: no-such-program is needed and not installed")
        self.complains(lambda: subprocess.run(["false"], check=True), said="dev: a program that ./dev needs failed: .*'false'")
        self.complains(failing(MemoryError()), said="dev: out of memory .*ulimit -v")
        self.complains(failing(RuntimeError("can't start new thread")), said="dev: out of memory")
        self.complains(b"\x7fELF\xff".decode, said="dev: a file that should be text is not .*ELF")

    def test_TheFullDiskIsNamed(self):
        full, empty = mock.Mock(f_bavail=0, f_frsize=4096), mock.Mock(f_bavail=1 << 20, f_frsize=4096)
        state = pathlib.Path("/dev/no-such-folder/x")
        with mock.patch.object(project, "FUZZ_STATE", state), mock.patch.object(os, "statvfs", lambda folder: full if str(folder) == "/dev" else empty):
            self.complains(failing(OSError(errno.ENOSPC, "No space left on device")), said=r"dev: .*: the disk of /dev/no-such-folder/x \(free")
            with mock.patch.object(sys, "argv", ["dev", "fuzz", "--state", "/dev"]):
                self.complains(failing(OSError(errno.ENOSPC, "No space left on device")), said=r"dev: .*: the disk of /dev, /dev/no-such-folder/x \(free")

    def test_AFailureOfDevItselfShowsWhereAndIsNoBugOfTheLibrary(self):
        code, said = of(failing(KeyError("x")))
        self.assertEqual(code, project.USAGE)
        self.assertRegex(said, r"(?s)\ATraceback.*KeyError: 'x'\ndev: that is a bug of ./dev itself \(above\), not of the library\n\Z")

    def test_ABugFoundBeforeIsNotForgotten(self):
        def main(end):
            project.remember_bug()
            return end()
        for end in (KeyboardInterrupt(), OSError(28, "x"), project.Stop("x"), KeyError("x")):
            self.assertEqual(of(lambda end=end: main(failing(end)))[0], project.FOUND, end)
        self.assertEqual(of(lambda: main(lambda: project.OK))[0], project.FOUND)

    def test_AnInterruptionThatWasDealtWithIsNotForgottenEither(self):
        def main(code):
            project.interruption = signal.SIGTERM
            return code
        self.assertEqual([of(lambda code=code: main(code))[0] for code in (project.OK, project.UNDECIDED, project.FOUND)], [143, 143, project.FOUND])


def _set_signals(action):
    for name in endings.SIGNALS:
        signal.signal(getattr(signal, name), action)


class Processes(unittest.TestCase):
    def end(self, *lines, **words):
        """(exit code, what was said) of a command that does `lines`, in a process of its own, whose signals
        do what they do by default, also where the tests run under nohup or as a shell's background job."""
        script = SCRIPT.format("\n".join(f"    {line}" for line in lines))
        environment = {**os.environ, "PYTHONPATH": str(project.ROOT / "tools"), "PYTHONUNBUFFERED": ""}
        words = {"stdout": subprocess.DEVNULL, "preexec_fn": lambda: _set_signals(signal.SIG_DFL), **words}
        ended = subprocess.run([sys.executable, "-B", "-S", "-c", script], stderr=subprocess.PIPE, text=True, env=environment, check=False, **words)
        return ended.returncode, ended.stderr

    def test_OutputThatCannotBeWritten(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            self.assertEqual(self.end("print('x')", stdout=full), (2, "dev: no space left on device: where the output goes (free some room)\n"))
        reader, writer = os.pipe()
        os.close(reader)
        self.assertEqual(self.end("print('x')", stdout=writer), (128 + signal.SIGPIPE, ""))
        os.close(writer)

    def test_StandardFilesThatAreClosedAreTheNullDevice(self):
        lines = ("print('x'); sys.stdout.isatty()", "assert open('/dev/null').fileno() > 2", "return subprocess.run(['true']).returncode")
        self.assertEqual(self.end(*lines, preexec_fn=lambda: [os.close(number) for number in (0, 1, 2)]), (0, ""))

    def test_ATextTheTerminalCannotShow(self):
        with tempfile.TemporaryFile() as output:
            self.assertEqual(self.end("sys.stdout.reconfigure(encoding='ascii')", "endings._open_standard_files()",
                                      "print('\\u00e9')", stdout=output), (0, ""))
            output.seek(0)
            self.assertEqual(output.read(), b"\\xe9\n")

    def test_ASignalEndsWithItsNumber(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            kill = f"os.kill(os.getpid(), {int(number)}); time.sleep(20)"
            self.assertEqual(self.end(kill), (128 + number, "dev: interrupted\n"))

    def test_NohupIsHonoured(self):
        ignoring = {"preexec_fn": lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)}
        self.assertEqual(self.end("os.kill(os.getpid(), signal.SIGHUP)", "return 0", **ignoring), (0, ""))


if __name__ == "__main__":
    unittest.main()
