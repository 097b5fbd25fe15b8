"""Tests of sources.py with a script in the place of clang-tidy."""

import os
import pathlib
import tempfile
import unittest
from unittest import mock

from dev import project, sources


class Tidy(unittest.TestCase):
    def tidy(self, *lines):
        with tempfile.TemporaryDirectory() as home:
            program = pathlib.Path(home) / "clang-tidy"
            program.write_text("#!/bin/sh\n" + "\n".join(lines) + "\n")
            program.chmod(0o755)
            with mock.patch.dict(os.environ, {"PATH": f"{home}:{os.environ['PATH']}"}):
                return sources._tidy("build", pathlib.Path("/a.cc"))

    def test_FindingsComeWithTheirNotes(self):
        found = self.tidy("printf '/a.cc:1:2: warning: w\\n/a.cc:1:3: note: n\\n/a.cc:7:1: error: e\\n'", "exit 1")
        self.assertEqual(found, ["/a.cc:1:2: warning: w\n/a.cc:1:3: note: n\n", "/a.cc:7:1: error: e\n"])
        self.assertEqual(self.tidy("exit 0"), [])

    def test_AProgramThatFailsItselfHasFoundNothing(self):
        with self.assertRaisesRegex(project.Stop, "clang-tidy failed on .*a.cc: no compile commands") as stopped:
            self.tidy("echo 'no compile commands' >&2", "exit 1")
        self.assertEqual(stopped.exception.code, project.USAGE)
        with self.assertRaisesRegex(project.Stop, "it ended with -9"):
            self.tidy("kill -9 $$")


if __name__ == "__main__":
    unittest.main()
