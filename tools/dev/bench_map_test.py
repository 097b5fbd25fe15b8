"""Tests of bench_map.py: what is read, what is compared, and what the table says."""

import argparse
import unittest
from unittest import mock

from dev import bench_map, project, side_by_side


def said(work=bench_map.WORK, **changes):
    """What a program prints: piece number i takes 10 (i + 1) ns of processor time per operation."""
    return {
        "context": {"compiler": "GCC 12", "flags": "-O2", "date": "today"},
        "benchmarks": [{"name": f"{name}/iterations:3", "cpu_time": 1000.0 * (index + 1), "real_time": 4000.0, "operations": 100.0,
                        "label": f"0{index}", **changes} for index, name in enumerate(work)]}


def figures(*nanoseconds, checksum="aa"):
    return [bench_map.Figure(value, value, checksum) for value in nanoseconds]


def cells(**systems):
    """One cell per keyword: {name: (gcmap, Go, absl, std)}, the medians."""
    return {bench_map.Cell("u64", 1000, name): {system: figures(value) for system, value in zip(bench_map.SYSTEMS, values)}
            for name, values in systems.items()}


class Reading(unittest.TestCase):
    def test_TimesArePerOperation(self):
        context, found = bench_map.parse(said())
        self.assertEqual(context, {"compiler": "GCC 12", "flags": "-O2"})
        self.assertEqual(list(found), list(bench_map.WORK))
        self.assertEqual(found["hit"], bench_map.Figure(20.0, 40.0, "01"))

    def test_MissingWorkIsAnError(self):
        with self.assertRaisesRegex(ValueError, "found insert, hit"):
            bench_map.parse(said(bench_map.WORK[:2]))


class Measuring(unittest.TestCase):
    def measure(self, runs=2, clone=False, checksum=lambda system: "aa"):
        ran = []

        def run_once(command, _):
            ran.append(tuple(command))
            return {"compiler": command[0]}, {work: bench_map.Figure(float(len(ran)), 0.0, checksum(command[0])) for work in bench_map.WORK}
        arguments = argparse.Namespace(entries=[1000, 2_000_000], runs=runs, clone=clone)
        with mock.patch.object(side_by_side, "run_once", run_once):
            contexts, found = bench_map.measure({system: [system] for system in bench_map.SYSTEMS}, arguments, side_by_side.Progress(runs, mock.Mock()))
        return ran, contexts, found

    def test_SystemsTakeTurnsAndEachRunBeginsWithAnother(self):
        ran, contexts, found = self.measure()
        self.assertEqual([command[0] for command in ran[:4]], ["gcmap", "Go", "absl", "std"])
        self.assertEqual([command[0] for command in ran[16:20]], ["Go", "absl", "std", "gcmap"])
        self.assertEqual(contexts, {system: {"compiler": system} for system in bench_map.SYSTEMS})
        self.assertEqual([figure.processor_ns for figure in found[bench_map.Cell("u64", 1000, "churn")]["gcmap"]], [1.0, 20.0])
        self.assertEqual(len(found), 2 * 2 * len(bench_map.WORK))

    def test_EverySystemGetsTheSameOperands(self):
        ran, _, _ = self.measure(runs=1)
        operands = {command[1:] for command in ran}
        self.assertEqual(operands, {(keys, entries, operations, side_by_side.SEED) for keys in bench_map.KEYS
                                    for entries, operations in ((1000, bench_map.OPERATIONS_MIN), (2_000_000, 2_000_000))})

    def test_OnlyGoIsToldToClone(self):
        ran, _, _ = self.measure(runs=1, clone=True)
        self.assertEqual({command[:2] for command in ran if "cloned" in command[1]}, {("Go", "str16-cloned")})

    def test_ADifferentChecksumStopsTheCommand(self):
        with self.assertRaisesRegex(project.Stop, "differ at u64, 1,000 entries, insert: gcmap aa, Go aa, absl aa, std ab") as stopped:
            self.measure(checksum=lambda system: "ab" if system == "std" else "aa")
        self.assertEqual(stopped.exception.code, project.FOUND)

    def test_SoDoesOneThatDiffersFromRunToRun(self):
        cell = bench_map.Cell("u64", 1000, "hit")
        same = {system: figures(1.0, 2.0) for system in bench_map.SYSTEMS}
        bench_map.compare(cell, same)
        with self.assertRaisesRegex(project.Stop, "absl aa or ab"):
            bench_map.compare(cell, {**same, "absl": figures(1.0) + figures(2.0, checksum="ab")})


class Table(unittest.TestCase):
    def test_TheMedianCountsAndRatiosAreOfIt(self):
        cell = bench_map.Cell("u64", 1000, "hit")
        middle = bench_map.medians({cell: {system: figures(9.0, 1.0, value) for system, value in zip(bench_map.SYSTEMS, (6.0, 3.0, 2.0, 8.0))}})
        self.assertEqual(middle, {cell: {"gcmap": 6.0, "Go": 3.0, "absl": 2.0, "std": 8.0}})
        self.assertEqual(bench_map.ratios(middle[cell]), [2.0, 3.0, 0.75])

    def test_IsAlignedAndEndsInGeometricMeans(self):
        middle = bench_map.medians({**cells(hit=(4.27, 8.54, 2.135, 427.0), miss=(42.7, 21.35, 21.35, 42.7)),
                                bench_map.Cell("str16", 1_000_000, "hit"): {system: figures(1.0) for system in bench_map.SYSTEMS}})
        self.assertEqual(bench_map.table(middle), [
            "keys     entries  work            gcmap    Go  absl   std  gcmap/Go  gcmap/absl  gcmap/std",
            "u64        1,000  hit              4.27  8.54  2.13   427      0.50        2.00       0.01",
            "u64        1,000  miss             42.7  21.4  21.4  42.7      2.00        2.00       1.00",
            "str16  1,000,000  hit              1.00  1.00  1.00  1.00      1.00        1.00       1.00",
            "u64               geometric mean                               1.00        2.00       0.10",
            "str16             geometric mean                               1.00        1.00       1.00",
            "all               geometric mean                               1.00        1.59       0.22"])

    def test_OneKindOfKeysHasOneMean(self):
        self.assertEqual(bench_map.means(bench_map.medians(cells(hit=(4.0, 1.0, 1.0, 2.0), miss=(1.0, 1.0, 4.0, 2.0)))), [("u64", [2.0, 1.0, 1.0])])

    def test_NamesTheSlowestCell(self):
        middle = bench_map.medians(cells(hit=(4.0, 2.0, 1.0, 1.0), miss=(9.0, 3.0, 3.0, 1.0)))
        self.assertEqual(bench_map.slowest(middle, "Go"), "slowest relative to Go: u64, 1,000 entries, miss: 3.00 times its time")
        self.assertEqual(bench_map.slowest(middle, "absl"), "slowest relative to absl: u64, 1,000 entries, hit: 4.00 times its time")

    def test_NoiseIsTheMedianOverTheLeastRun(self):
        found = {bench_map.Cell("u64", 1000, "hit"): {"gcmap": figures(1.0, 1.0, 1.0), "Go": figures(2.0, 3.0, 9.0), "absl": figures(2.0, 2.1, 2.2)}}
        self.assertEqual(bench_map.noise(found), "median over least run: 1.05 typically, 1.50 at worst (Go, u64, 1,000 entries, hit)")

    def test_TheRecordHoldsEveryRun(self):
        arguments = argparse.Namespace(runs=1, march="x86-64", clone=False)
        kept = bench_map.record(arguments, {"Go": {"compiler": "go1.19.8"}}, cells(hit=(1.0, 2.0, 3.0, 4.0)))
        self.assertEqual((kept["seed"], kept["march"], kept["clone"], kept["contexts"]),
                         (side_by_side.SEED, "x86-64", False, {"Go": {"compiler": "go1.19.8"}}))
        self.assertEqual(kept["cells"], [{"keys": "u64", "entries": 1000, "work": "hit", "checksum": "aa",
                                          "processor_ns": {"gcmap": [1.0], "Go": [2.0], "absl": [3.0], "std": [4.0]},
                                          "wall_ns": {"gcmap": [1.0], "Go": [2.0], "absl": [3.0], "std": [4.0]}}])


class Printing(unittest.TestCase):
    def report(self, runs):
        contexts = {system: {"compiler": "go1.19.8" if system == "Go" else "GCC 12", "flags": "-O2"} for system in bench_map.SYSTEMS}
        arguments = argparse.Namespace(runs=runs, clone=False)
        return "\n".join(bench_map.report(arguments, "5.0 s", contexts, cells(hit=(50.0, 25.0, 10.0, 100.0))))

    def test_SaysHowItWasBuiltWhatTheColumnsMeanAndWhereGcmapIsSlowest(self):
        printed = self.report(runs=2)
        for words in ("median of 2 runs, 5.0 s", "seed 1", "gcmap, absl, std: GCC 12, -O2\n", "\nGo: go1.19.8, -O2\n", "shares the bytes",
                      "\nu64     1,000  hit              50.0", "slowest relative to Go: ", "slowest relative to absl: ",
                      "median over least run: 1.00 typically"):
            self.assertIn(words, printed)

    def test_OneRunSaysNothingOfNoise(self):
        self.assertNotIn("least run", self.report(runs=1))


class Asking(unittest.TestCase):
    def test_SizesAreSortedAndWithinTheirBounds(self):
        self.assertEqual(bench_map.sizes("1000000,1000,1000"), [1000, 1_000_000])
        for bad in ("999", "10,000", "10000001", "1000,10000001"):
            with self.assertRaisesRegex(argparse.ArgumentTypeError, "from 1000 to 10000000"):
                bench_map.sizes(bad)
        for bad in ("", "many", "1000,", "1e3", "1000.5"):
            with self.assertRaises(ValueError):
                bench_map.sizes(bad)


if __name__ == "__main__":
    unittest.main()
