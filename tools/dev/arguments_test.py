"""Tests of arguments.py: what is refused, and what argparse says of it."""

import argparse
import contextlib
import io
import unittest
from unittest import mock

from dev import arguments, project


class Values(unittest.TestCase):
    def refused(self, kind, text):
        parser = argparse.ArgumentParser()
        parser.add_argument("--flag", type=kind)
        with contextlib.redirect_stderr(io.StringIO()) as said, self.assertRaises(SystemExit):
            parser.parse_args(["--flag", text])
        return said.getvalue().splitlines()[-1]

    def test_SeedsAreThoseOfTheEngine(self):
        self.assertEqual((arguments.seed("1"), arguments.seed("4294967295")), (1, 4294967295))
        self.assertIn("4294967296 is no seed: there are those from 1 to 4294967295", self.refused(arguments.seed, "4294967296"))
        for text in ("0", "-1", "x", "1.5"):
            self.assertIn(f"invalid seed, a whole number of at least 1, value: '{text}'", self.refused(arguments.seed, text))

    def test_TheSeedBehindTheGreatestIsTheFirst(self):
        self.assertEqual([arguments.following(4294967294, steps) for steps in (0, 1, 2, 3)], [4294967294, 4294967295, 1, 2])

    def test_JobsAreBoundedByTheProcessors(self):
        for processors, most in ((2, 64), (100, 400)):
            with mock.patch.object(project, "jobs", lambda processors=processors: processors):
                self.assertEqual(arguments.jobs(str(most)), most)
                self.assertIn(f"{most + 1} processes are too many for {processors} processors: at most {most}",
                              self.refused(arguments.jobs, str(most + 1)))

    def test_NumbersAndTimes(self):
        self.assertEqual((arguments.positive("7"), arguments.positive_seconds("0.5")), (7, 0.5))
        self.assertIn("whole number of at least 1", self.refused(arguments.positive, "0"))
        for text in ("0", "nan", "inf", "1e9", "soon"):
            self.assertIn("invalid number of seconds", self.refused(arguments.positive_seconds, text))


if __name__ == "__main__":
    unittest.main()
