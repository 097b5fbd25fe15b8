"""Tests of suite.py: what counts as passed and failed."""

import contextlib
import io
import sys
import unittest

from dev import suite


class Lines(unittest.TestCase):
    def test_ReadsWhatCtestPrints(self):
        test = suite.CTEST_LINE.match(" 2/12 Test  #3: house.layers .....................   Passed    0.05 sec\n")
        self.assertEqual(test.groups(), ("2", "12", "house.layers", "Passed", "0.05"))
        failed = suite.CTEST_LINE.match("12/12 Test #30: Map.Finds .....***Failed    1.05 sec\n")
        self.assertEqual(failed[4], "***Failed")
        self.assertFalse(suite._went_well("12/12 Test #30: Map.Finds .....***Failed    1.05 sec\n"))
        parameter = '520/645 Test #521: Corpus/Go.Ends/u64  # GetParam() = "a/b.gz" ....   Passed    0.11 sec\n'
        self.assertEqual(suite.CTEST_LINE.match(parameter)[3], "Corpus/Go.Ends/u64")
        self.assertTrue(suite._went_well(parameter))
        self.assertEqual(suite.CTEST_END.match("67% tests passed, 1 tests failed out of 3\n").groups(), ("1", "3"))


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


if __name__ == "__main__":
    unittest.main()
