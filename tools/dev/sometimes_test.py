"""Tests of sometimes.py: a path of lib/ that no test takes is a failure with its place."""

import os
import pathlib
import tempfile
import unittest

from dev import sometimes

SOURCE = """#include "gcmap/internal/base/sometimes.h"
void f(int x, const char* text) {
  GCMAP_SOMETIMES(x > 3, "x is large");
  GCMAP_SOMETIMES(g(text, "other text") &&
                      x < 9,
                  "x is small, and g says so");
}
"""


class Sometimes(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = pathlib.Path(directory.name)
        (self.root / "lib").mkdir()
        (self.root / "lib/f.cc").write_text(SOURCE)
        (self.root / "lib/f_test.cc").write_text('GCMAP_SOMETIMES(true, "of a test");\n')

    def judge(self, text):
        report = self.root / "report.txt"
        report.write_text(text)
        return sometimes.judge(report, self.root)

    def test_FindsEverySiteOfTheLibrary(self):
        self.assertEqual(sometimes.sites(self.root), {"x is large": "lib/f.cc:3", "x is small, and g says so": "lib/f.cc:4"})

    def test_WhatOneProcessHitMayBeMissedByOthers(self):
        result = self.judge("hit x is large\nmissed x is small, and g says so\nmissed x is large\nhit x is small, and g says so\n")
        self.assertEqual((result.name, result.failure), ("sometimes", None))

    def test_ASiteThatAllMissedIsAFailureWithItsPlace(self):
        failure = self.judge("hit x is large\nmissed x is small, and g says so\nmissed of a test\n").failure
        self.assertIn('lib/f.cc:4: "x is small, and g says so" never happened', failure)
        self.assertIn('a test: "of a test" never happened', failure)
        self.assertNotIn("x is large", failure)

    def test_ASiteThatNoProgramKnowsIsAFailure(self):
        self.assertIn('lib/f.cc:4: "x is small', self.judge("hit x is large\n").failure)

    def test_SilenceIsAFailure(self):
        self.assertIn("is GCMAP_REPORT_SOMETIMES on?", self.judge("").failure)

    def test_ProcessesAreToldOfAnEmptyFile(self):
        path = self.root / "report.txt"
        path.write_text("hit before\n")
        before = os.environ.get(sometimes.VARIABLE)  # set where ./dev test runs this
        with sometimes.reported(path) as report:
            self.assertEqual((os.environ[sometimes.VARIABLE], report.read_text()), (str(path), ""))
        self.assertEqual(os.environ.get(sometimes.VARIABLE), before)
