"""Tests of hunt.py: what the table says of found, missed and surviving faults."""

import pathlib
import unittest

from dev import faults, findings, hunt


def fault(survivor="no"):
    return faults.Fault(pathlib.Path("x.fault"), {"id": "x", "oracle": "M5; or MD", "survivor": survivor}, [])


def trial(seed, executions=None, signature="M5@erase", operations=2):
    if executions is None:
        return hunt.Trial(seed, False, 1_000_000, 60.0)
    reproducer = findings.Reproducer(pathlib.Path(f"/r/{seed}.txt"), signature, operations, "x")
    return hunt.Trial(seed, True, executions, executions / 1000, reproducer)


class Table(unittest.TestCase):
    def row(self, hunted):
        return dict(zip(hunt.HEADER, map(str, hunted.row())))

    def test_MediansTheUsualOracleAndTheSmallestProgram(self):
        hunted = hunt.Hunted(fault(), [trial(1, 900), trial(2, 12000, "MD@get", 5), trial(3, 3000)])
        self.assertEqual(self.row(hunted), {"fault": "x", "found": "3/3", "executions": "3,000", "CPU s": "3.00",
                                            "oracle": "M5@erase", "expected": "M5", "operations": "2", "": ""})
        self.assertFalse(hunted.missed)

    def test_OneTrialThatFindsNothingIsAMiss(self):
        hunted = hunt.Hunted(fault(), [trial(1, 900), trial(2)])
        self.assertTrue(hunted.missed)
        self.assertEqual((self.row(hunted)["found"], self.row(hunted)[""]), ("1/2", "MISSED"))

    def test_NothingFoundAtAll(self):
        row = self.row(hunt.Hunted(fault(), [trial(1)]))
        self.assertEqual((row["executions"], row["oracle"], row["operations"]), ("-", "-", "-"))

    def test_SurvivorsAreExpectedToSurvive(self):
        hunted = hunt.Hunted(fault("nobody reads it"), [trial(1)])
        self.assertFalse(hunted.missed)
        self.assertEqual(self.row(hunted)[""], "expected survivor")
        self.assertEqual(self.row(hunt.Hunted(fault("nobody"), [trial(1, 5)]))[""], "expected survivor, yet found")


if __name__ == "__main__":
    unittest.main()
