"""Tests of output.py."""

import contextlib
import io
import os
import pathlib
import pty
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

from dev import output, project


class Output(unittest.TestCase):
    def setUp(self):
        home = tempfile.TemporaryDirectory()
        self.addCleanup(home.cleanup)
        self.home = pathlib.Path(home.name)
        self.path = self.home / "report.json"

    def refused(self, path, what):
        with self.assertRaises(project.Stop) as stop:
            output.check(path, "--json")
        self.assertEqual(project.USAGE, stop.exception.code)
        self.assertIn(f"--json {path}: ", str(stop.exception))
        self.assertIn(what, str(stop.exception))

    def test_CheckLeavesNothingBehind(self):
        output.check(self.path)
        output.check(None)
        self.assertEqual([], list(self.home.iterdir()))

    def test_CheckRefusesAMissingFolder(self):
        self.refused(self.home / "missing" / "report.json", "there is no folder")

    def test_CheckRefusesAFolder(self):
        self.refused(self.home, "that is a folder")

    def test_CheckRefusesAFileAsFolder(self):
        self.path.write_text("")
        self.refused(self.path / "report.json", "is no folder")

    def test_CheckRefusesWhatMayNotBeWritten(self):
        self.path.write_text("old")
        with mock.patch.object(os, "access", return_value=False):  # root may write everything
            self.refused(self.path, "it may not be written")
            self.refused(self.home / "new.json", "may not be written")

    def test_CheckDoesNotOpenAFifo(self):
        os.mkfifo(self.path)
        output.check(self.path)

    def test_CheckRefusesALinkIntoAMissingFolder(self):
        self.path.symlink_to(self.home / "missing" / "report.json")
        self.refused(self.path, "there is no folder")

    def test_CheckRefusesALinkToItself(self):
        self.path.symlink_to(self.path)
        self.refused(self.path, "symbolic links")

    def test_ReplacesAFileAndKeepsItsMode(self):
        self.path.write_text("old")
        self.path.chmod(0o640)
        before = self.path.stat().st_ino
        output.write(self.path, "new \u00e9 \udc80")
        self.assertEqual("new \u00e9 \\udc80", self.path.read_text(encoding="utf-8"))
        self.assertEqual(0o640, self.path.stat().st_mode & 0o777)
        self.assertNotEqual(before, self.path.stat().st_ino)
        self.assertEqual([self.path], list(self.home.iterdir()))

    def test_WritesWhereALinkLeads(self):
        place = self.home / "place"
        self.path.symlink_to(place)
        output.write(self.path, "text")
        self.assertTrue(self.path.is_symlink())
        self.assertEqual("text", place.read_text())

    def test_WritesThroughAFifo(self):
        os.mkfifo(self.path)
        reader = subprocess.Popen(["cat", str(self.path)], stdout=subprocess.PIPE, text=True)
        output.write(self.path, "text")
        self.assertEqual("text", reader.communicate(timeout=10)[0])
        self.assertTrue(self.path.is_fifo())

    def test_WritesThroughADevice(self):
        # A terminal of its own: no mistake in what is tested can replace a device the machine needs.
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        self.addCleanup(os.close, slave)
        output.write(os.ttyname(slave), "text")
        self.assertEqual(b"text", os.read(master, 100))

    def test_WritesBehindWhatWasPrinted(self):
        program = ("from dev import output; print('before'); output.write('/dev/stdout', 'text\\n'); print('after')")
        with open(self.path, "w") as stdout:
            subprocess.run([sys.executable, "-B", "-c", program], stdout=stdout, check=True, cwd=project.ROOT / "tools", env={})
        self.assertEqual("before\ntext\nafter\n", self.path.read_text())

    def test_WhatCannotBeSavedIsPrintedAndTheOldFileStays(self):
        self.path.write_text("old")
        printed = io.StringIO()
        with mock.patch.object(os, "replace", side_effect=OSError(28, "No space left on device")), contextlib.redirect_stdout(printed):
            with self.assertRaisesRegex(project.Stop, "No space left on device"):
                output.write(self.path, "text")
        self.assertEqual("text\n", printed.getvalue())
        self.assertEqual("old", self.path.read_text())
        self.assertEqual([self.path], list(self.home.iterdir()))


if __name__ == "__main__":
    unittest.main()
