"""Tests of bench_gc.py: what is read, what each system is given, and what the table says."""

import argparse
import unittest
from unittest import mock

from dev import bench_gc, project, side_by_side


def said(**changes):
    """What a program prints."""
    return {"context": {"compiler": "GCC 12", "flags": "-O2"},
            "benchmarks": [{"name": "trees/iterations:1/process_time", "cpu_time": 4000.0, "real_time": 8000.0, "operations": 100.0,
                            "peak_bytes": 3.0 * 2**20, "stall_ns": 2e6, "stall_on_clock_ns": 5e6, "idle_ns": 1e5, "label": "aa", **changes}]}


def figures(*values, checksum="aa", **changes):
    """One for each run, every field the value."""
    fields = ("processor_ns", "wall_ns", "peak_mib", "stall_ms", "stall_on_clock_ms", "idle_ms")
    return [bench_gc.Figure(**{**dict.fromkeys(fields, value), **changes}, checksum=checksum) for value in values]


def cells(**works):
    """{work: {system: [Figure]}} of {work: (gcmap, Go, Boehm)}."""
    return {work: {system: figures(value) for system, value in zip(bench_gc.SYSTEMS, values)} for work, values in works.items()}


class Reading(unittest.TestCase):
    def test_TimesArePerOperationAndTheRestInTheUnitsOfTheTable(self):
        context, figure = bench_gc.parse(said())
        self.assertEqual(context, {"compiler": "GCC 12", "flags": "-O2"})
        self.assertEqual(figure, bench_gc.Figure(40.0, 80.0, 3.0, 2.0, 5.0, 0.1, "aa"))

    def test_MissingFiguresAreAnError(self):
        for broken in ({"context": {}, "benchmarks": []}, {**said(), "benchmarks": said()["benchmarks"] * 2}):
            with self.assertRaises(ValueError):
                bench_gc.parse(broken)
        without = said()
        del without["benchmarks"][0]["stall_ns"]
        with self.assertRaises(KeyError):
            bench_gc.parse(without)


class Measuring(unittest.TestCase):
    def measure(self, checksum=lambda system: "aa", **options):
        ran = []

        def run_once(command, _):
            ran.append(tuple(command))
            return {"compiler": command[0]}, figures(float(len(ran)), checksum=checksum(command[0]))[0]
        arguments = argparse.Namespace(**{"runs": 2, "work": None, "live": None, **options})
        with mock.patch.object(side_by_side, "run_once", run_once):
            contexts, found = bench_gc.measure({system: [system] for system in bench_gc.SYSTEMS}, arguments, side_by_side.Progress(2, mock.Mock()))
        return ran, contexts, found

    def test_SystemsTakeTurnsAndAreGivenTheSame(self):
        ran, contexts, found = self.measure()
        self.assertEqual([command[0] for command in ran[:3]], ["gcmap", "Go", "Boehm"])
        self.assertEqual([command[0] for command in ran[15:18]], ["Go", "Boehm", "gcmap"])
        self.assertEqual(list(contexts), list(bench_gc.SYSTEMS))
        self.assertEqual({command[1:] for command in ran}, {("trees", 17, 1), ("window", 20_000_000, 1), ("mark", 256, 1), ("held", 256, 1),
                                                            ("churn", 500_000, 1)})
        self.assertEqual([figure.peak_mib for figure in found["trees"]["gcmap"]], [1.0, 18.0])

    def test_TheWorksAndTheGraphsSizeCanBeChosen(self):
        ran, _, found = self.measure(work=["trees", "held"], live=1024)
        self.assertEqual({command[1:] for command in ran}, {("trees", 17, 1), ("held", 1024, 1)})
        self.assertEqual(list(found), ["trees", "held"])

    def test_ADifferentChecksumStopsTheCommand(self):
        with self.assertRaisesRegex(project.Stop, "differ at trees: gcmap aa, Go aa, Boehm ab"):
            self.measure(checksum=lambda system: "ab" if system == "Boehm" else "aa")


class Table(unittest.TestCase):
    def test_HasARowPerFigureAndEndsInGeometricMeans(self):
        found = cells(trees=(40.0, 80.0, 20.0), mark=(10.0, 20.0, 20.0))
        found["trees"]["gcmap"] = figures(40.0, stall_ms=0.9, idle_ms=0.1) + figures(40.0, 40.0, stall_ms=2.0)
        self.assertEqual(bench_gc.table(found), [
            "work            figure            gcmap    Go  Boehm  gcmap/Go  gcmap/Boehm",
            "trees           ns                 40.0  80.0   20.0      0.50         2.00",
            "                peak               40.0  80.0   20.0      0.50         2.00",
            "                stall              2.00  80.0   20.0     0.025         0.10",
            "                stall, least run   0.90  80.0   20.0    0.0112        0.045",
            "                idle               40.0  80.0   20.0",
            "                idle, least run    0.10  80.0   20.0",
            "mark            ns                 10.0  20.0   20.0      0.50         0.50",
            "                peak               10.0  20.0   20.0      0.50         0.50",
            "geometric mean  ns                                        0.50         1.00",
            "                peak                                      0.50         1.00"])

    def test_NamesTheSlowestWork(self):
        found = cells(trees=(4.0, 2.0, 1.0), churn=(9.0, 3.0, 3.0))
        self.assertEqual(bench_gc.slowest(found, "Go"), "slowest relative to Go: churn: 3.00 times its time")
        self.assertEqual(bench_gc.slowest(found, "Boehm"), "slowest relative to Boehm: trees: 4.00 times its time")

    def test_SaysWhatTheWorksAre(self):
        contexts = dict.fromkeys(bench_gc.SYSTEMS, {"compiler": "GCC 12", "flags": "-O2"})
        found = cells(trees=(4.0, 2.0, 1.0))
        printed = "\n".join(bench_gc.report(argparse.Namespace(runs=3, live=1024), "5.0 s", contexts, found))
        for words in ("median of 3 runs, 5.0 s", "up to 17 levels", "1024 MiB", "500,000 references", "idle: ", "1.00 at worst (gcmap, trees)"):
            self.assertIn(words, printed)
        self.assertNotIn("at worst", "\n".join(bench_gc.report(argparse.Namespace(runs=1, live=None), "5.0 s", contexts, found)))

    def test_TheRecordHoldsEveryRun(self):
        arguments = argparse.Namespace(runs=1, march="x86-64", live=None)
        kept = bench_gc.record(arguments, {"Go": {"compiler": "go1.19.8"}}, cells(mark=(1.0, 2.0, 3.0)))
        self.assertEqual((kept["benchmark"], kept["seed"], kept["contexts"]), ("gc", side_by_side.SEED, {"Go": {"compiler": "go1.19.8"}}))
        (work,) = kept["works"]
        self.assertEqual((work["work"], work["size"], work["checksum"]), ("mark", 256, "aa"))
        for field in ("processor_ns", "wall_ns", "peak_mib", "stall_ms", "stall_on_clock_ms", "idle_ms"):
            self.assertEqual(work[field], {"gcmap": [1.0], "Go": [2.0], "Boehm": [3.0]})


class Asking(unittest.TestCase):
    def test_WorksAreInTheOrderOfTheTable(self):
        self.assertEqual(bench_gc.works("churn,trees,churn"), ["trees", "churn"])
        for bad in ("", "tree", "trees,"):
            with self.assertRaisesRegex(argparse.ArgumentTypeError, "no work '.*'; there are: trees, window"):
                bench_gc.works(bad)

    def test_TheGraphsSizeIsAPowerOfTwo(self):
        self.assertEqual([bench_gc.live(text) for text in ("1", "1024", "4096")], [1, 1024, 4096])
        for bad in ("0", "-4", "384", "8192"):
            with self.assertRaisesRegex(argparse.ArgumentTypeError, "power of two from 1 to 4096"):
                bench_gc.live(bad)
        for bad in ("", "many", "1e3"):
            with self.assertRaises(ValueError):
                bench_gc.live(bad)


if __name__ == "__main__":
    unittest.main()
