"""Tests of findings.py: which build repeats and reduces a failure."""

import contextlib
import io
import pathlib
import tempfile
import unittest
from unittest import mock

from dev import findings, gcmap
from dev.gcmap import Reduction


class FakeGcmap:
    def __init__(self, said, operations=3):
        self.said, self.operations = said, operations

    def signature(self, program):
        return f"{self.said} u64" if program.exists() else ""

    def reduce(self, _, target, *__):
        if self.said is None:
            return Reduction(None, problem="it does not fail")
        target.write_text("# x: y\nconfig version=1\n" + "put m0 1 2\n" * self.operations)
        return Reduction(self.said, self.operations)


class Reducing(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.home = pathlib.Path(directory.name)
        self.crash = self.home / "abc"
        self.crash.write_bytes(b"x")

    def reduce(self, found_by="fast", **signatures):
        with contextlib.redirect_stderr(io.StringIO()) as said:
            gcmaps = {build: FakeGcmap(signature) for build, signature in signatures.items()}
            return findings.reduce(gcmaps, found_by, self.crash, self.home / "r", "canary"), said.getvalue()

    def test_TheSanitizedBuildComesFirst(self):
        one, _ = self.reduce(fast="MD@get", sanitized="AS@put")
        self.assertEqual((one.signature, one.operations, one.fast, one.path), ("AS@put", 3, False, self.home / "r/AS-put-abc.txt"))

    def test_WhatTheSanitizedBuildDoesNotRepeatTheFastOneDoes(self):
        one, said = self.reduce(fast="MD@get", sanitized=None)
        self.assertEqual((one.signature, one.fast, said), ("MD@get", True, ""))
        self.assertIn("./dev replay --fault canary --fast ", one.repeat_line())

    def test_WhatNeitherRepeatsIsKeptAsItIs(self):
        one, said = self.reduce(fast=None, sanitized=None)
        self.assertEqual((one.path, one.signature, one.operations, one.fast), (self.crash, "", None, True))
        self.assertIn("sanitized: it does not fail; fast: it does not fail", said)
        self.assertFalse(self.reduce(found_by="sanitized", fast=None, sanitized=None)[0].fast)

    def reduced_twice(self, first, second):
        for operations in (first, second):
            one = findings.reduce({"fast": FakeGcmap("MD@put", operations)}, "fast", self.crash, self.home / "r")
        self.assertEqual([path.name for path in (self.home / "r").iterdir()], ["MD-put-abc.txt"])
        self.assertEqual(gcmap.operations_of(one.path), one.operations)
        return one.operations

    def test_ALargerResultDoesNotReplaceASmallerOne(self):
        self.assertEqual(self.reduced_twice(3, 9), 3)
        self.assertEqual(self.reduced_twice(9, 2), 2)

    def test_AnEarlierResultThatNoLongerFailsIsReplaced(self):
        with mock.patch.object(FakeGcmap, "signature", lambda *_: ""):
            self.assertEqual(self.reduced_twice(3, 9), 9)

    def test_AnEarlierResultThatComesToNoVerdictStays(self):
        with mock.patch.object(FakeGcmap, "signature", lambda *_: None):
            self.assertEqual(self.reduced_twice(3, 9), 3)

    def test_KeepNamesACrashAfterItsContents(self):
        kept = findings.keep(self.crash, self.home)
        self.assertEqual((kept.name, kept.read_bytes(), self.crash.exists()), ("11f6ad8ec52a", b"x", False))


class EndedReductions(unittest.TestCase):
    """Gcmap.reduce with a script in the place of gcmap that never ends."""

    def reduce(self, script, seconds, tick=lambda _: None):
        with tempfile.TemporaryDirectory() as home:
            program, target = pathlib.Path(home) / "gcmap", pathlib.Path(home) / "out.txt"
            program.write_text(f"#!/bin/bash\n{script}\n")
            program.chmod(0o755)
            return gcmap.Gcmap(program).reduce("crash", target, seconds, tick)

    LEAVES = "printf '# M3@put: bad\nconfig version=2\nput m0 1 2\n' >$5; echo '10 runs 1 operations' >&2; exec sleep 60"

    def test_WhatItHasComeToIsTheResult(self):
        one = self.reduce(self.LEAVES, 0.5)
        self.assertEqual((one.signature, one.operations, one.interrupted), ("M3@put", 1, False))

    def test_NothingIsNoResult(self):
        one = self.reduce("exec sleep 60", 0.1)
        self.assertEqual((one.signature, one.problem), (None, "its reduction was ended before it began"))

    def test_CtrlCEndsItAndIsPassedOn(self):
        def tick(_):
            raise KeyboardInterrupt
        one = self.reduce(self.LEAVES, 60, tick)
        self.assertEqual((one.signature, one.interrupted), ("M3@put", True))


if __name__ == "__main__":
    unittest.main()
