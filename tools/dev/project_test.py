"""Tests of project.py: one process at a time has a lock, and the others are told which."""

import contextlib
import io
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

from dev import project

# Takes the lock, says so, and keeps it until its input ends.
HOLDER = """
import pathlib, sys
from dev import project
with project.locked(pathlib.Path(sys.argv[1]), "builds build/fuzz"):
    print("held", flush=True)
    sys.stdin.read()
"""


class Locks(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.path = pathlib.Path(directory.name) / "state" / "lock"

    @contextlib.contextmanager
    def held_by_another(self):
        with subprocess.Popen([sys.executable, "-B", "-c", HOLDER, str(self.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              env={**os.environ, "PYTHONPATH": str(project.ROOT / "tools")}) as holder:
            self.assertEqual(holder.stdout.readline(), b"held\n")
            yield holder

    def test_WhoDoesNotWaitIsToldWhoHoldsIt(self):
        with self.held_by_another() as holder, self.assertRaisesRegex(
                project.Held, rf"^process {holder.pid} \(\./dev .*\) that builds build/fuzz is in the way") as held:
            with project.locked(self.path, "fuzzes", wait=False):
                self.fail("two processes have it")
        self.assertEqual(held.exception.code, project.USAGE)

    def test_WhoWaitsIsToldOnceAndGoesOnWhenTheLockIsFree(self):
        with self.held_by_another() as holder, contextlib.redirect_stderr(io.StringIO()) as said:
            asked = []

            def while_waiting(who):
                asked.append(who)
                if len(asked) == 2:
                    holder.kill()
            with project.locked(self.path, "fuzzes", while_waiting=while_waiting):
                self.assertIn(f"process {os.getpid()} ", self.path.read_text())
        self.assertEqual(said.getvalue(), f"dev: waits for {asked[0]}\n")
        self.assertIn(f"process {holder.pid} ", asked[0])
        self.assertEqual(self.path.read_text(), "")

    def test_AWaitCanBeGivenUp(self):
        def give_up(_):
            raise KeyboardInterrupt
        with self.held_by_another(), mock.patch.object(project, "warn"), self.assertRaises(KeyboardInterrupt):
            with project.locked(self.path, "fuzzes", while_waiting=give_up):
                self.fail("two processes have it")


if __name__ == "__main__":
    unittest.main()
