"""Tests of cases.py, on shell scripts in the place of GoogleTest programs."""

import json
import pathlib
import tempfile
import unittest

from dev import cases, project

# Runs the tests named by --gtest_filter one after the other: `case_NAME` says what one does.
PROGRAM = """#!/bin/bash
echo "$*" >>"$0.calls"
filter=${1#--gtest_filter=}
code=0
ok() { echo "$2[       OK ] S.$1 (5 ms)"; }
passes() { ok "$1"; }
speaks() { printf 'no end of line'; ok "$1"; }
fails() { echo "why $1"; echo "[  FAILED  ] S.$1, where GetParam() = 3 (7 ms)"; code=1; }
dies() { echo "last words"; kill -SEGV $$; }
leaves() { exit 0; }
hangs() { sleep 100; }
leaks() { ok "$1"; leaked=1; }
skips() { echo "[  SKIPPED ] S.$1 (0 ms)"; }
loses() { sleep 100 & ok "$1"; }
crowd() { ok "$1"; met=$((met + 1)); }
for name in ${filter//:/ }; do
  echo "[ RUN      ] $name"
  name=${name#S.}
  ${name%_*} "$name"
done
[ -z "$leaked" ] && [ "${met:-0}" -lt 2 ] || { echo "LeakSanitizer: leaks"; exit 23; }
exit $code
"""


class GoogleTestPrograms(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.program = pathlib.Path(directory.name) / "program"
        self.program.write_text(PROGRAM, encoding="utf-8")
        self.program.chmod(0o755)

    def run_tests(self, *names, limit=60):
        """{name: failure} of tests of one process."""
        tests = [cases.Test(f"S.{name}", [str(self.program), f"--gtest_filter=S.{name}"]) for name in names]
        return {result.name.removeprefix("S."): result.failure for result in cases._Runner(limit).run(tests)}

    def calls(self):
        return len(self.program.with_suffix(".calls").read_text().splitlines())

    def test_OneProcessRunsThemAll(self):
        self.assertEqual(self.run_tests("passes_1", "speaks_2", "skips_3"), {"passes_1": None, "speaks_2": None, "skips_3": None})
        self.assertEqual(self.calls(), 1)

    def test_GoogleTestsNameMayBeAnother(self):
        tests = [cases.Test(f"Typed<{name}>", [str(self.program), f"--gtest_filter=S.{name}"]) for name in ("passes_1", "fails_2")]
        results = cases._Runner(60).run(tests)
        self.assertEqual([(result.name, result.failure is None) for result in results], [("Typed<passes_1>", True), ("Typed<fails_2>", False)])
        self.assertEqual(self.calls(), 1)

    def test_AFailureShowsItsOwnOutputAlone(self):
        failures = self.run_tests("passes_1", "fails_2", "fails_3", "passes_4")
        self.assertEqual([name for name, failure in failures.items() if failure], ["fails_2", "fails_3"])
        self.assertIn("why fails_2", failures["fails_2"])
        self.assertNotIn("why fails_3", failures["fails_2"])

    def test_ACrashFailsItsTestAndTheOthersGoOn(self):
        failures = self.run_tests("passes_1", "dies_2", "passes_3", "fails_4")
        self.assertEqual([name for name, failure in failures.items() if failure], ["dies_2", "fails_4"])
        self.assertRegex(failures["dies_2"], "last words\nS.dies_2: the program was ended by SIGSEGV")
        self.assertEqual(self.calls(), 2)

    def test_AHangFailsItsTestAndTheOthersGoOn(self):
        failures = self.run_tests("passes_1", "hangs_2", "passes_3", limit=0.3)
        self.assertIn("more than 0.3 seconds", failures.pop("hangs_2"))
        self.assertEqual(failures, {"passes_1": None, "passes_3": None})

    def test_AProgramThatEndsEarlyWithSuccessIsAFailure(self):
        failures = self.run_tests("leaves_1", "passes_2")
        self.assertIn("exit code 0", failures["leaves_1"])
        self.assertIsNone(failures["passes_2"])

    def test_ALeakIsBlamedOnTheTestThatLeaks(self):
        failures = self.run_tests("passes_1", "leaks_2", "passes_3")
        self.assertIn("LeakSanitizer: leaks\nthe program ended with exit code 23", failures.pop("leaks_2"))
        self.assertEqual(failures, {"passes_1": None, "passes_3": None})

    def test_AFailureOfTestsThatPassAloneIsNotLost(self):
        tests = [cases.Test(f"S.{name}", [str(self.program), f"--gtest_filter=S.{name}"]) for name in ("crowd_1", "crowd_2")]
        [failed] = [result for result in cases._Runner(60).run(tests) if result.failure]
        self.assertEqual((failed.name, failed.together), ("2 tests together", f"{self.program} --gtest_filter=S.crowd_1:S.crowd_2"))

    def test_AProgramThatCannotRunFailsEveryTest(self):
        self.program.write_text("#!/bin/bash\necho no; exit 3\n", encoding="utf-8")
        failures = self.run_tests("passes_1", "passes_2")
        self.assertIn("no\nS.passes_1: it did not begin; the program ended with exit code 3", failures["passes_1"])
        self.assertIsNotNone(failures["passes_2"])

    def test_WhatATestLeavesRunningIsNotWaitedFor(self):
        self.assertEqual(self.run_tests("loses_1", limit=20), {"loses_1": None})


class Batches(unittest.TestCase):
    def test_TestsOfAProgramShareProcessesAndOthersAreAlone(self):
        tests = [cases.Test(f"A.{number}", ["a", f"--gtest_filter=A.{number}"]) for number in range(100)]
        tests += [cases.Test(f"B.{number}", ["b", f"--gtest_filter=B.{number}"]) for number in range(3)]
        tests.append(cases.Test("house", ["python3", "x.py"]))
        dealt = cases.batches(tests, jobs=1)
        self.assertEqual([[test.name for test in batch] for batch in dealt[:4]], [["house"], ["B.0"], ["B.1"], ["B.2"]])
        self.assertEqual([len(batch) for batch in dealt[4:]], [25] * 4)
        self.assertEqual([test.name for test in dealt[4][:2]], ["A.0", "A.4"])
        self.assertEqual(sorted(test.name for batch in dealt for test in batch), sorted(test.name for test in tests))

    def test_ReadsWhatCtestLists(self):
        entry = {"name": "A.x", "command": ["a", "--gtest_filter=A.x"],
                 "properties": [{"name": "ENVIRONMENT", "value": ["HOME=/x=y"]}, {"name": "WORKING_DIRECTORY", "value": "/there"}]}
        self.assertEqual(cases.parse(json.dumps({"tests": [entry]})),
                         [cases.Test("A.x", ["a", "--gtest_filter=A.x"], "/there", {"HOME": "/x=y"})])
        with self.assertRaisesRegex(project.Stop, "A_NOT_BUILT has not been built"):
            cases.parse(json.dumps({"tests": [{"name": "A_NOT_BUILT"}]}))

    def test_RunsAllAndReportsEach(self):
        tests = [cases.Test(name, ["bash", "-c", script]) for name, script in (("good", "true"), ("bad", "echo why; exit 4"))]
        told = []
        results = cases.run(tests, lambda done, total, result: told.append((done, total, result.name)), jobs=2)
        self.assertEqual({result.name: result.failure for result in results},
                         {"good": None, "bad": "why\nthe program ended with exit code 4\n"})
        self.assertEqual([row[:2] for row in told], [(1, 2), (2, 2)])


if __name__ == "__main__":
    unittest.main()
