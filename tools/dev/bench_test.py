"""Tests of bench.py: what is read, whose turn it is, what is compared, and what the table says."""

import argparse
import contextlib
import io
import json
import pathlib
import tempfile
import unittest
from unittest import mock

from dev import bench, project


def said(work=bench.WORK, **changes):
    """What a program prints: piece number i takes 10 (i + 1) ns of processor time per operation."""
    return json.dumps({
        "context": {"compiler": "GCC 12", "flags": "-O2", "date": "today"},
        "benchmarks": [{"name": f"{name}/iterations:3", "cpu_time": 1000.0 * (index + 1), "real_time": 4000.0, "operations": 100.0,
                        "label": f"0{index}", **changes} for index, name in enumerate(work)]})


def figures(*nanoseconds, checksum="aa"):
    return [bench.Figure(value, value, checksum) for value in nanoseconds]


def cells(**systems):
    """One cell per keyword: {name: (gcmap, Go, absl, std)}, the medians."""
    return {bench.Cell("u64", 1000, name): {system: figures(value) for system, value in zip(bench.SYSTEMS, values)}
            for name, values in systems.items()}


class Reading(unittest.TestCase):
    def test_TimesArePerOperation(self):
        context, found = bench.parse(said())
        self.assertEqual(context, {"compiler": "GCC 12", "flags": "-O2"})
        self.assertEqual(list(found), list(bench.WORK))
        self.assertEqual(found["hit"], bench.Figure(20.0, 40.0, "01"))

    def test_MissingWorkIsAnError(self):
        with self.assertRaisesRegex(ValueError, "found insert, hit"):
            bench.parse(said(bench.WORK[:2]))

    def run_script(self, text):
        with tempfile.TemporaryDirectory() as home:
            program = pathlib.Path(home) / "program"
            program.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
            program.chmod(0o755)
            return bench.run_once([program, "u64", 1000])

    def test_AProgramIsRunWithItsOperandsAndGosSettings(self):
        with mock.patch.dict("os.environ", {"GOGC": "7", "GOMEMLIMIT": "1", "BENCHMARK_FILTER": "none"}):
            context, _ = self.run_script(f"[ \"$* $GOGC $GOMAXPROCS $GOMEMLIMIT$BENCHMARK_FILTER\" = 'u64 1000 100 1 ' ] && echo '{said()}'")
        self.assertEqual(context["compiler"], "GCC 12")

    def test_AProgramThatFailsOrSaysSomethingElseStopsTheCommand(self):
        for text, problem in (("echo first >&2; echo no memory >&2; exit 3", "program u64 1000 ended with 3: no memory"),
                              ("exit 4", "ended with 4: it said nothing"), ("echo hello", "printed no figures"),
                              ("echo '{}'", "printed no figures: 'benchmarks'"), (f"echo '{said(())}'", "found nothing")):
            with self.assertRaisesRegex(project.Stop, problem) as stopped:
                self.run_script(text)
            self.assertEqual(stopped.exception.code, project.FOUND)


class Measuring(unittest.TestCase):
    def measure(self, runs=2, clone=False, checksum=lambda system: "aa"):
        ran = []

        def run_once(command):
            ran.append(tuple(command))
            return {"compiler": command[0]}, {work: bench.Figure(float(len(ran)), 0.0, checksum(command[0])) for work in bench.WORK}
        arguments = argparse.Namespace(entries=[1000, 2_000_000], runs=runs, clone=clone)
        with mock.patch.object(bench, "run_once", run_once):
            contexts, found = bench.measure({system: [system] for system in bench.SYSTEMS}, arguments, bench.Progress(runs, mock.Mock()))
        return ran, contexts, found

    def test_SystemsTakeTurnsAndEachRunBeginsWithAnother(self):
        ran, contexts, found = self.measure()
        self.assertEqual([command[0] for command in ran[:4]], ["gcmap", "Go", "absl", "std"])
        self.assertEqual([command[0] for command in ran[16:20]], ["Go", "absl", "std", "gcmap"])
        self.assertEqual(contexts, {system: {"compiler": system} for system in bench.SYSTEMS})
        self.assertEqual([figure.processor_ns for figure in found[bench.Cell("u64", 1000, "churn")]["gcmap"]], [1.0, 20.0])
        self.assertEqual(len(found), 2 * 2 * len(bench.WORK))

    def test_EverySystemGetsTheSameOperands(self):
        ran, _, _ = self.measure(runs=1)
        operands = {command[1:] for command in ran}
        self.assertEqual(operands, {(keys, entries, operations, bench.SEED) for keys in bench.KEYS
                                    for entries, operations in ((1000, bench.OPERATIONS_MIN), (2_000_000, 2_000_000))})

    def test_OnlyGoIsToldToClone(self):
        ran, _, _ = self.measure(runs=1, clone=True)
        self.assertEqual({command[:2] for command in ran if "cloned" in command[1]}, {("Go", "str16-cloned")})

    def test_ADifferentChecksumStopsTheCommand(self):
        with self.assertRaisesRegex(project.Stop, "differ at u64, 1,000 entries, insert: gcmap aa, Go aa, absl aa, std ab") as stopped:
            self.measure(checksum=lambda system: "ab" if system == "std" else "aa")
        self.assertEqual(stopped.exception.code, project.FOUND)

    def test_SoDoesOneThatDiffersFromRunToRun(self):
        cell = bench.Cell("u64", 1000, "hit")
        same = {system: figures(1.0, 2.0) for system in bench.SYSTEMS}
        bench.compare(cell, same)
        with self.assertRaisesRegex(project.Stop, "absl aa or ab"):
            bench.compare(cell, {**same, "absl": figures(1.0) + figures(2.0, checksum="ab")})

    def test_TheTimeItTakesIsSaidAfterTheFirstRun(self):
        status, clock = mock.Mock(), iter((0.0, 3.0, 20.0, 25.0))
        progress = bench.Progress(6, status, lambda: next(clock))
        progress.begin(0)
        progress.update(0, "u64", 1000, "Go")
        progress.begin(1)
        progress.update(1, "u64", 1000, "std")
        self.assertEqual([call.args[0] for call in status.update.call_args_list],
                         ["bench: run 1 of 6, u64, 1,000 entries, Go; 3.0 s",
                          "bench: run 2 of 6, u64, 1,000 entries, std; 25.0 s of about 2 min 00 s"])


class Table(unittest.TestCase):
    def test_TheMedianCountsAndRatiosAreOfIt(self):
        cell = bench.Cell("u64", 1000, "hit")
        middle = bench.medians({cell: {system: figures(9.0, 1.0, value) for system, value in zip(bench.SYSTEMS, (6.0, 3.0, 2.0, 8.0))}})
        self.assertEqual(middle, {cell: {"gcmap": 6.0, "Go": 3.0, "absl": 2.0, "std": 8.0}})
        self.assertEqual(bench.ratios(middle[cell]), [2.0, 3.0, 0.75])

    def test_IsAlignedAndEndsInGeometricMeans(self):
        middle = bench.medians({**cells(hit=(4.27, 8.54, 2.135, 427.0), miss=(42.7, 21.35, 21.35, 42.7)),
                                bench.Cell("str16", 1_000_000, "hit"): {system: figures(1.0) for system in bench.SYSTEMS}})
        self.assertEqual(bench.table(middle), [
            "keys     entries  work            gcmap    Go  absl   std  gcmap/Go  gcmap/absl  gcmap/std",
            "u64        1,000  hit              4.27  8.54  2.13   427      0.50        2.00       0.01",
            "u64        1,000  miss             42.7  21.4  21.4  42.7      2.00        2.00       1.00",
            "str16  1,000,000  hit              1.00  1.00  1.00  1.00      1.00        1.00       1.00",
            "u64               geometric mean                               1.00        2.00       0.10",
            "str16             geometric mean                               1.00        1.00       1.00",
            "all               geometric mean                               1.00        1.59       0.22"])

    def test_OneKindOfKeysHasOneMean(self):
        self.assertEqual(bench.means(bench.medians(cells(hit=(4.0, 1.0, 1.0, 2.0), miss=(1.0, 1.0, 4.0, 2.0)))), [("u64", [2.0, 1.0, 1.0])])

    def test_ThreeDigitsCount(self):
        self.assertEqual([bench.nanoseconds(value) for value in (0.1234, 9.99, 9.996, 99.94, 99.96, 1234.5)],
                         ["0.12", "9.99", "10.0", "99.9", "100", "1234"])

    def test_NamesTheSlowestCell(self):
        middle = bench.medians(cells(hit=(4.0, 2.0, 1.0, 1.0), miss=(9.0, 3.0, 3.0, 1.0)))
        self.assertEqual(bench.slowest(middle, "Go"), "slowest relative to Go: u64, 1,000 entries, miss: 3.00 times its time")
        self.assertEqual(bench.slowest(middle, "absl"), "slowest relative to absl: u64, 1,000 entries, hit: 4.00 times its time")

    def test_NoiseIsTheMedianOverTheLeastRun(self):
        found = {bench.Cell("u64", 1000, "hit"): {"gcmap": figures(1.0, 1.0, 1.0), "Go": figures(2.0, 3.0, 9.0), "absl": figures(2.0, 2.1, 2.2)}}
        self.assertEqual(bench.noise(found), "median over least run: 1.05 typically, 1.50 at worst (Go, u64, 1,000 entries, hit)")

    def test_TheRecordHoldsEveryRun(self):
        arguments = argparse.Namespace(benchmark="map", runs=1, march="x86-64", clone=False)
        with tempfile.TemporaryDirectory() as home:
            path = pathlib.Path(home) / "figures.json"
            bench.record(path, arguments, {"Go": {"compiler": "go1.19.8"}}, cells(hit=(1.0, 2.0, 3.0, 4.0)))
            kept = json.loads(path.read_text(encoding="utf-8"))
        self.assertEqual((kept["seed"], kept["march"], kept["clone"], kept["contexts"]), (bench.SEED, "x86-64", False, {"Go": {"compiler": "go1.19.8"}}))
        self.assertEqual(kept["cells"], [{"keys": "u64", "entries": 1000, "work": "hit", "checksum": "aa",
                                          "processor_ns": {"gcmap": [1.0], "Go": [2.0], "absl": [3.0], "std": [4.0]},
                                          "wall_ns": {"gcmap": [1.0], "Go": [2.0], "absl": [3.0], "std": [4.0]}}])


class Printing(unittest.TestCase):
    def run_command(self, runs):
        arguments = argparse.Namespace(benchmark="map", json=None, march="x86-64", entries=[1000], runs=runs, clone=False)
        with mock.patch.object(bench, "build", lambda march: {system: [march, system] for system in bench.SYSTEMS}), \
             mock.patch.object(bench, "run_once", lambda command: bench.parse(said(label=command[2]))), \
             contextlib.redirect_stdout(io.StringIO()) as printed:
            self.assertEqual(bench.run(arguments), project.OK)
        return printed.getvalue()

    def test_SaysHowItWasBuiltWhatTheColumnsMeanAndWhereGcmapIsSlowest(self):
        printed = self.run_command(runs=2)
        for words in ("median of 2 runs", "seed 1", "gcmap, absl, std: GCC 12, -O2\n", "\nGo: GCC 12, -O2\n", "shares the bytes",
                      "\nu64      1,000  churn            50.0", "\nall ", "slowest relative to Go: ", "slowest relative to absl: ",
                      "median over least run: 1.00 typically"):
            self.assertIn(words, printed)

    def test_OneRunSaysNothingOfNoise(self):
        self.assertNotIn("least run", self.run_command(runs=1))


class Asking(unittest.TestCase):
    def test_SizesAreSortedAndWithinTheirBounds(self):
        self.assertEqual(bench.sizes("1000000,1000,1000"), [1000, 1_000_000])
        for bad in ("999", "10,000", "10000001", "1000,10000001"):
            with self.assertRaisesRegex(argparse.ArgumentTypeError, "from 1000 to 10000000"):
                bench.sizes(bad)
        for bad in ("", "many", "1000,", "1e3", "1000.5"):
            with self.assertRaises(ValueError):
                bench.sizes(bad)

    def test_TheMachineMustHaveTheInstructionSet(self):
        every = "flags\t\t: fpu sse2 avx avx2 bmi1 bmi2 f16c fma abm movbe xsave\n"
        bench.require_machine("x86-64-v3", "x86_64", every)
        bench.require_machine("x86-64", "x86_64", "processor : 0\nflags : sse2\n")
        with self.assertRaisesRegex(project.Stop, "x86-64-v3: it lacks avx2, movbe$"):
            bench.require_machine("x86-64-v3", "x86_64", every.replace(" avx2", "").replace(" movbe", ""))
        with self.assertRaisesRegex(project.Stop, "aarch64"):
            bench.require_machine("x86-64", "aarch64", "")

    def test_AFileThatCannotBeWrittenIsSaidBeforeAnythingIsBuilt(self):
        for path in ("/no-such-folder/figures.json", "/"):
            with mock.patch.object(bench, "build", side_effect=AssertionError), self.assertRaisesRegex(project.Stop, "cannot be written"):
                bench.run(argparse.Namespace(json=pathlib.Path(path)))

    def test_AMissingGoIsSaidInOneLine(self):
        with mock.patch.object(bench, "GO", pathlib.Path("/no-such-folder/go")), self.assertRaisesRegex(project.Stop, "no Go 1.19 at .*: No such file"):
            bench.build_go(pathlib.Path("/nowhere"), "v1")


if __name__ == "__main__":
    unittest.main()
