"""Tests of suite.py: what counts as passed and failed."""

import argparse
import contextlib
import io
import os
import pathlib
import sys
import tempfile
import unittest
import unittest.mock
from xml.etree import ElementTree

from dev import cases, project, suite


class Scripts(unittest.TestCase):
    def run_script(self, text):
        with contextlib.redirect_stdout(io.StringIO()) as output:
            return suite._run([sys.executable, "-c", text]), output.getvalue()

    def test_CountsTheTestsOfAScript(self):
        count, output = self.run_script("print('Ran 7 tests in 0.1s')")
        self.assertEqual((count, output), (suite.Count(7, 0), ""))

    def test_AFailedScriptShowsItsOutputAndHowToRepeatIt(self):
        count, output = self.run_script("print('Ran 7 tests in 0.1s\\nFAILED (failures=1, errors=2)'); raise SystemExit(1)")
        self.assertEqual(count, suite.Count(4, 3))
        self.assertIn("repeat: ", output)

    def test_VariablesReachTheScriptAndTheLineThatRepeatsIt(self):
        with contextlib.redirect_stdout(io.StringIO()) as output:
            count = suite._run([sys.executable, "-c", "import os; print(os.environ['SHARD']); raise SystemExit(1)"], {"SHARD": "7"})
        self.assertEqual(count.failed, 1)
        self.assertRegex(output.getvalue(), r"(?s)^7\n.*repeat: SHARD=7 ")

    def test_AScriptThatDiesIsAFailure(self):
        self.assertEqual(self.run_script("raise SystemExit(1)")[0], suite.Count(0, 1))
        self.assertEqual(self.run_script("print('Ran 0 tests in 0s'); raise SystemExit(1)")[0], suite.Count(0, 1))

    def test_CountsTheTestsOfATestProgram(self):
        head = "[==========] Running 30 tests from 9 test suites.\\n[==========] 30 tests from 9 test suites ran. (3 ms total)\\n"
        self.assertEqual(self.run_script(f"print('{head}[  PASSED  ] 30 tests.')")[0], suite.Count(30, 0))
        broken = f"print('{head}[  PASSED  ] 28 tests.\\n[  FAILED  ] 2 tests, listed below:'); raise SystemExit(1)"
        self.assertEqual(self.run_script(broken)[0], suite.Count(28, 2))

    def test_AFindingOfASanitizerIsAFailureThoughEveryTestPassed(self):
        finding = "WARNING: ThreadSanitizer: data race\\n[==========] 30 tests from 9 test suites ran. (3 ms total)\\n[  PASSED  ] 30 tests."
        count, output = self.run_script(f"print('{finding}'); raise SystemExit(66)")
        self.assertEqual(count, suite.Count(29, 1))
        self.assertIn("data race", output)
        self.assertIn("repeat: ", output)

    def test_AScriptThatRanNoTestIsAFailure(self):
        self.assertEqual(self.run_script("print('Ran 0 tests in 0s')")[0].failed, 1)


class Tests(unittest.TestCase):
    """The stage ctest, with tests that are made up: what a test program would say, and how it ends."""

    def run_stage(self, *scripts):
        with tempfile.TemporaryDirectory() as home:
            root = pathlib.Path(home)
            (root / "lib").mkdir()
            (root / "lib/f.cc").write_text('GCMAP_SOMETIMES(x, "x holds");\nGCMAP_SOMETIMES(y, "y holds");\n')
            (root / "build" / suite.SANITIZED).mkdir(parents=True)
            tests = [cases.Test(f"test {number}", [sys.executable, "-c", f"import os; {script}"]) for number, script in enumerate(scripts)]
            with unittest.mock.patch.object(project, "ROOT", root), unittest.mock.patch.object(project, "BUILD", root / "build"), \
                    unittest.mock.patch.object(cases, "load", lambda directory: tests), \
                    unittest.mock.patch.object(project, "remember_bug"), contextlib.redirect_stdout(io.StringIO()) as printed:
                return suite.ctest_stage(), printed.getvalue()

    @staticmethod
    def says(*lines):
        return f"open(os.environ['GCMAP_SOMETIMES_FILE'], 'a').write({''.join(line + chr(10) for line in lines)!r})"

    def test_WhatHappensInSomeTestIsEnough(self):
        count, printed = self.run_stage(self.says("hit x holds", "missed y holds"), self.says("missed x holds", "hit y holds"))
        self.assertEqual(count, suite.Count(3, 0), printed)

    def test_WhatNeverHappenedIsAFailure(self):
        count, printed = self.run_stage(self.says("hit x holds", "missed y holds"), self.says("hit x holds"))
        self.assertEqual(count, suite.Count(2, 1))
        self.assertIn('lib/f.cc:2: "y holds" never happened', printed)

    def test_ItIsNotAskedAfterAFailure(self):
        count, printed = self.run_stage(self.says("missed x holds"), "raise SystemExit(1)")
        self.assertEqual(count, suite.Count(1, 1))
        self.assertNotIn("never happened", printed)


class Stages(unittest.TestCase):
    """The whole command, with stages that do nothing."""

    def run_stages(self, *words, **stages):
        parser = argparse.ArgumentParser()
        suite.add_arguments(parser)
        with unittest.mock.patch.object(suite, "STAGES", stages), unittest.mock.patch.dict(os.environ), \
                contextlib.redirect_stdout(io.StringIO()) as printed, contextlib.redirect_stderr(io.StringIO()):
            code = suite.run(parser.parse_args(words))
        return code, printed.getvalue()

    def test_SumsUpStageByStage(self):
        code, printed = self.run_stages(one=lambda: suite.Count(3, 0), two=lambda: suite._build(lambda count: count, suite.Count(4, 1)))
        self.assertEqual(code, project.FOUND)
        self.assertRegex(printed, r"stage  passed  failed +time  building\none +3 +0 +0\.0 s +0\.0 s\ntwo +4 +1 ")
        self.assertTrue(printed.endswith("\n7 passed, 1 failed\n"), printed)

    def test_WhatCannotBeBuiltEndsTheRunAndIsNoBug(self):
        def build():
            raise project.Stop("map.cc:3: error")
        code, printed = self.run_stages(build=build, ctest=lambda: self.fail("it ran"))
        self.assertEqual((code, printed.endswith("\n0 passed, 1 failed\n")), (project.USAGE, True), printed)

    def test_AFailedTestOutweighsAStageThatCouldNotRun(self):
        def stops():
            raise project.Stop("no room left")
        self.assertEqual(self.run_stages(one=stops, two=lambda: suite.Count(1, 1))[0], project.FOUND)

    def test_WhatEndedBeforeAnInterruptionIsInTheReport(self):
        def interrupted():
            raise KeyboardInterrupt
        with tempfile.TemporaryDirectory() as home:
            report = pathlib.Path(home) / "report.xml"
            with self.assertRaises(KeyboardInterrupt):
                self.run_stages("--junit", str(report), one=lambda: suite.Count(1), two=interrupted)
            self.assertEqual([case.get("name") for case in ElementTree.parse(report).getroot().iter("testcase")], ["one"])

    def test_AStageKnowsWhichAreToCome(self):
        seen = []
        self.run_stages(**{name: lambda: seen.append(list(suite._to_come)) or suite.Count(1) for name in ("one", "two", "three")})
        self.assertEqual(seen, [["two", "three"], ["three"], []])

    def test_WhatIsBuiltAheadIsEndedWithTheRun(self):
        build = unittest.mock.Mock()

        def interrupted():
            suite._ahead["two"] = build
            raise KeyboardInterrupt
        with self.assertRaises(KeyboardInterrupt):
            self.run_stages(one=interrupted, two=lambda: suite.Count(1))
        build.stop.assert_called_once_with()
        self.assertEqual(suite._ahead, {})

    def test_WhatWasBuiltAheadIsNotBuiltAgain(self):
        ahead, later = unittest.mock.Mock(), unittest.mock.Mock()
        with unittest.mock.patch.dict(suite._ahead, tsan=ahead), unittest.mock.patch.object(suite.builds, "start", later):
            self.assertIs(suite._tsan_build(), ahead.wait.return_value)
            self.assertIs(suite._tsan_build(), later.return_value.wait.return_value)
        later.assert_called_once()

    def run_with_a_browser(self, *words):
        ran = []
        stages = {name: lambda name=name: ran.append(name) or suite.Count(1) for name in ("build", "page")}
        with unittest.mock.patch.object(suite, "ON_REQUEST", {"page": "a browser"}):
            code, printed = self.run_stages(*words, **stages)
        return code, ran, printed

    def test_WhatNeedsMoreIsLeftOutAndNamed(self):
        code, ran, printed = self.run_with_a_browser()
        self.assertEqual((code, ran), (project.OK, ["build"]))
        self.assertTrue(printed.endswith("left out: page (needs a browser); ./dev test --all runs it too\n\n1 passed, 0 failed\n"), printed)

    def test_AllOrItsNameRunsWhatNeedsMore(self):
        for words, expected in ((["--all"], ["build", "page"]), (["page"], ["page"])):
            _, ran, printed = self.run_with_a_browser(*words)
            self.assertEqual(ran, expected)
            self.assertNotIn("left out", printed)
        self.assertNotIn("left out", self.run_with_a_browser("build")[2], "who names stages knows what is left out")

    def test_AllAndANameContradictEachOther(self):
        with self.assertRaisesRegex(project.Stop, "--all runs every stage: name none"):
            self.run_with_a_browser("--all", "page")

    def test_WritesAReportOfEveryCase(self):
        results = [cases.Result("Map.Finds", 0.1), cases.Result("Map.Loses", 0.2, "key 3\nrepeat: ctest")]
        with tempfile.TemporaryDirectory() as home:
            report = pathlib.Path(home) / "report.xml"
            self.run_stages("--junit", str(report), ctest=lambda: suite.Count(1, 1, results), quiet=lambda: suite.Count(1))
            root = ElementTree.parse(report).getroot()
        self.assertEqual([(case.get("classname"), case.get("name")) for case in root.iter("testcase")],
                         [("ctest", "Map.Finds"), ("ctest", "Map.Loses"), ("quiet", "quiet")])
        self.assertEqual([failure.text for failure in root.iter("failure")], ["key 3\nrepeat: ctest"])


if __name__ == "__main__":
    unittest.main()
