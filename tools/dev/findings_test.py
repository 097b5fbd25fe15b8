"""Tests of findings.py: which build repeats and reduces a failure."""

import contextlib
import io
import pathlib
import tempfile
import unittest

from dev import findings
from dev.gcmap import Reduction


class FakeGcmap:
    def __init__(self, signature):
        self.signature = signature

    def reduce(self, _, target):
        if self.signature is None:
            return Reduction(None, problem="it does not fail")
        target.write_text("config version=1\n")
        return Reduction(self.signature, 3)


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

    def test_KeepNamesACrashAfterItsContents(self):
        kept = findings.keep(self.crash, self.home)
        self.assertEqual((kept.name, kept.read_bytes(), self.crash.exists()), ("11f6ad8ec52a", b"x", False))


if __name__ == "__main__":
    unittest.main()
