"""Tests of hunt_table.py: what is read, what is left out, what a row and the lines above the table say."""

import json
import pathlib
import tempfile
import unittest

from dev import faults, hunt_table, project


def record(fault, trial=1, found=True, executions=100, cpu_seconds=1.0, oracle="M5@erase", operations=3):
    return {"fault": fault, "trial": trial, "found": found, "executions": executions, "cpu_seconds": cpu_seconds,
            "oracle": oracle if found else None, "operations": operations if found else None}


def known(*ids, **head):
    heads = [{"id": one, "survivor": "no", **head} for one in ids]
    return {one["id"]: faults.Fault(pathlib.Path(f"{one['id']}.fault"), one, []) for one in heads}


class Read(unittest.TestCase):
    def read(self, *contents):
        with tempfile.TemporaryDirectory() as home:
            paths = [pathlib.Path(home) / f"part-{number}.json" for number in range(len(contents))]
            for path, content in zip(paths, contents):
                path.write_text(content if isinstance(content, str) else json.dumps(content))
            return hunt_table.read(paths)

    def test_PartsOfAHuntAreOne(self):
        first, second, other = record("a", 1), record("a", 2), record("b")
        self.assertEqual({"a": [first, second], "b": [other]}, self.read([second, other], [first]))

    def test_ATrialThatComesTwiceIsRefused(self):
        with self.assertRaisesRegex(project.Stop, "part-1.json: trial 2 of a again"):
            self.read([record("a", 2)], [record("a", 2)])

    def test_WhatAHuntDidNotWriteIsRefused(self):
        for content in ("[", "{}", [1], [{"fault": "a"}]):
            with self.assertRaisesRegex(project.Stop, "part-0.json: that was not written by ./dev hunt --json"):
                self.read(content)


class Lines(unittest.TestCase):
    def test_PairsAndOthersEachInTheOrderOfFaults(self):
        trials = {one["fault"]: [one] for one in (record("b"), record("pair-01", cpu_seconds=0.254), record("a", executions=2500))}
        self.assertEqual(["1 of 1 found in the first trial; median 0.25 CPU s, 100 executions.",
                          "",
                          "| fault | found | executions | CPU s | oracle | operations |",
                          "|---|---:|---:|---:|---|---:|",
                          "| pair-01 | 1/1 | 100 | 0.25 | M5@erase | 3 |",
                          "",
                          "2 of 2 found in the first trial; median 1.00 CPU s, 1,300 executions.",
                          "",
                          "| fault | found | executions | CPU s | oracle | operations |",
                          "|---|---:|---:|---:|---|---:|",
                          "| a | 1/1 | 2,500 | 1.00 | M5@erase | 3 |",
                          "| b | 1/1 | 100 | 1.00 | M5@erase | 3 |"],
                         hunt_table.lines(trials, known("a", "pair-01", "b")))

    def test_MissedAndSlowOnesAreNamedAndCountAsLong(self):
        trials = {"a": [record("a", cpu_seconds=2)], "b": [record("b", found=False, executions=9000, cpu_seconds=60.1)],
                  "c": [record("c", cpu_seconds=10.1)]}
        lines = hunt_table.lines(trials, known("a", "b", "c"))
        self.assertEqual(["2 of 3 found in the first trial; median 10.10 CPU s, 100 executions.", "Missed: b.",
                          "Found after more than 10 CPU s: c."], lines[:3])
        self.assertIn("| b | 0/1 | > 9,000 | > 60.10 | - | - |", lines)

    def test_TheFirstTrialDecidesAndARowHasMediansOfTheSuccessful(self):
        trials = {"a": [record("a", 1, False), record("a", 2, executions=30, operations=7),
                        record("a", 3, executions=50, oracle="MD@get"), record("a", 4, executions=10, oracle="MD@get", operations=None)]}
        lines = hunt_table.lines(trials, known("a"))
        self.assertEqual("0 of 1 found in the first trial; median inf CPU s, inf executions.", lines[0])
        self.assertEqual("| a | 3/4 | 30 | 1.00 | MD@get | 3 |", lines[-1])

    def test_TestedFaultsAndSurvivorsAreLeftOut(self):
        tested, survivor = known("t", test="gcmap_map_test Map.Sees"), known("s", "f", survivor="nobody reads it")
        trials = {"t": [record("t", executions=None, cpu_seconds=None)], "s": [record("s", found=False)], "f": [record("f")]}
        self.assertEqual(["| f | 1/1 | 100 | 1.00 | M5@erase | 3 |"],
                         hunt_table.lines(trials, {**tested, **survivor})[4:])


if __name__ == "__main__":
    unittest.main()
