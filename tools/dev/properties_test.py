"""Tests of properties.py: with a program that answers as gcmap_properties does."""

import argparse
import contextlib
import io
import os
import pathlib
import tempfile
import unittest
from unittest import mock
from xml.etree import ElementTree

from dev import project, properties

PROGRAM = """#!/bin/sh
name=${1#--gtest_filter=}
case $1 in
  --list) printf 'Good.Holds properties/good_test.cc:1\\nGood.Fails properties/good_test.cc:2\\nBad.Dies properties/bad_test.cc:3\\n' ;;
  *Holds) printf 'RC_PARAMS="%s"\\n[ RUN      ] %s\\nUsing configuration: x\\n[       OK ] %s (3 ms)\\n' "$RC_PARAMS" $name $name
          echo "params $RC_PARAMS" ;;
  *Fails) printf 'Note: Google Test filter = x\\n[ RUN      ] %s\\nproperties/good_test.cc:2: Failure\\nFailed\\n' $name
          printf 'Good.Fails fails at properties/good_test.cc:2\\nM8@put: wrong\\nprogram: %s/x.txt\\n' "$GCMAP_REPRODUCERS"
          printf 'repeat: ./dev properties Good.Fails --reproduce B\\n[  FAILED  ] %s (3 ms)\\n\\n 1 FAILED TEST\\n' $name; exit 1 ;;
  *Dies) kill -KILL $$ ;;
esac
"""


class Properties(unittest.TestCase):
    def setUp(self):
        home = tempfile.TemporaryDirectory()
        self.addCleanup(home.cleanup)
        self.home = pathlib.Path(home.name)
        self.binary = self.home / "gcmap_properties"
        self.binary.write_text(PROGRAM)
        self.binary.chmod(0o755)
        patch = mock.patch.object(properties, "built", lambda build: self.binary)
        patch.start()
        self.addCleanup(patch.stop)
        patch = mock.patch.object(project, "remember_bug")
        self.bug = patch.start()
        self.addCleanup(patch.stop)

    def run_command(self, *words):
        parser = argparse.ArgumentParser()
        properties.add_arguments(parser)
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            code = properties.run(parser.parse_args(words))
        return code, said.getvalue()

    def test_APropertyThatHoldsSaysSoAndIsGivenItsParameters(self):
        code, said = self.run_command("Good.Holds", "--seed", "7", "--max-success", "9", "--max-size", "30")
        self.assertEqual(project.OK, code)
        self.assertRegex(said, r"^1 properties, 9 cases each, seed 7\nholds: Good.Holds, ")
        with mock.patch.object(properties, "run_all") as run_all:
            self.run_command("Good.Holds", "--seed", "7", "--max-success", "9", "--max-size", "30")
        params = run_all.call_args.args[2]
        self.assertEqual("seed=7 max_success=9 max_size=30", params)
        self.assertEqual(f"params {params}", properties.run_one(self.binary, "Good.Holds", params, lambda seconds: None).output)

    def test_ARandomSeedIsPrinted(self):
        _, one = self.run_command("Holds")
        _, other = self.run_command("Holds")
        self.assertRegex(one, r"cases each, seed [1-9]\d*\n")
        self.assertNotEqual(one.splitlines()[0], other.splitlines()[0])

    def test_AFailureIsToldWithoutChatterAndEndsWithItsRepeatLine(self):
        code, said = self.run_command("Fails")
        self.assertEqual(project.FOUND, code)
        self.bug.assert_called()
        path = os.path.join(project.relative(properties.REPRODUCERS), "x.txt")
        self.assertIn(f"\n\nGood.Fails fails at properties/good_test.cc:2\nM8@put: wrong\nprogram: {path}\n"
                      "repeat: ./dev properties Good.Fails --reproduce B\n\n0 hold, 1 fail", said)

    def test_AReportIsWrittenACaseAProperty(self):
        report = self.home / "report.xml"
        self.run_command("Good", "--junit", str(report))
        holds, fails = ElementTree.parse(report).getroot()[0]
        self.assertEqual(("Good.Holds", None), (holds.get("name"), holds.find("failure")))
        self.assertTrue(fails.find("failure").text.endswith("--reproduce B"))

    def test_AReportThatCannotBeWrittenIsToldBeforeAnythingRuns(self):
        with mock.patch.object(properties, "built", side_effect=AssertionError):
            with self.assertRaisesRegex(project.Stop, "--junit .*there is no folder"):
                self.run_command("--junit", str(self.home / "missing" / "report.xml"))

    def test_AnInterruptionKeepsWhatWasReported(self):
        report = self.home / "report.xml"
        run_one = properties.run_one

        def interrupted(binary, name, *rest):
            if name == "Good.Fails":
                raise KeyboardInterrupt
            return run_one(binary, name, *rest)
        with mock.patch.object(properties, "run_one", interrupted), self.assertRaises(KeyboardInterrupt):
            self.run_command("Good", "--junit", str(report))
        self.assertEqual(["Good.Holds"], [case.get("name") for case in ElementTree.parse(report).getroot()[0]])

    def test_AProcessThatSaysNeitherIsNoBugOfTheLibrary(self):
        with self.assertRaisesRegex(project.Stop, "Bad.Dies was ended by SIGKILL") as stop:
            self.run_command("Dies")
        self.assertEqual(project.USAGE, stop.exception.code)

    def test_NamesChoose(self):
        names = ["Good.Holds", "Good.Fails", "Bad.Dies"]
        self.assertEqual(names, properties.select_names(names, []))
        self.assertEqual(["Good.Holds", "Good.Fails"], properties.select_names(names, ["Good", "Good.Holds"]))
        self.assertEqual(["Bad.Dies"], properties.select_names(names, ["Dies"]))
        with self.assertRaisesRegex(project.Stop, "no property 'Ugly'"):
            properties.select_names(names, ["Ugly"])

    def test_OnePropertyIsReproduced(self):
        with self.assertRaisesRegex(project.Stop, "name it"):
            self.run_command("--reproduce", "B")
        _, said = self.run_command("Holds", "--reproduce", "B")
        self.assertTrue(said.startswith("1 properties, one case\n"))

    def test_TheListNamesPlaces(self):
        code, said = self.run_command("--list")
        self.assertEqual(project.OK, code)
        self.assertRegex(said, r"Good.Fails +properties/good_test.cc:2\n")


if __name__ == "__main__":
    unittest.main()
