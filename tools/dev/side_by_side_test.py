"""Tests of side_by_side.py: how programs are run, whose turn it is, and what figures say."""

import json
import pathlib
import tempfile
import unittest
from unittest import mock

from dev import project, side_by_side


class Running(unittest.TestCase):
    def run_script(self, text, parse=lambda said: said["figure"]):
        with tempfile.TemporaryDirectory() as home:
            program = pathlib.Path(home) / "program"
            program.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
            program.chmod(0o755)
            return side_by_side.run_once([program, "u64", 1000], parse)

    def test_AProgramIsRunWithItsOperandsAndTheSettings(self):
        others = {"GOGC": "7", "GOMEMLIMIT": "1", "BENCHMARK_FILTER": "none", "GC_MARKERS": "3", "GC_PRINT_STATS": "1"}
        with mock.patch.dict("os.environ", others):
            found = self.run_script("[ \"$* $GOGC $GOMAXPROCS $GC_MARKERS $GOMEMLIMIT$BENCHMARK_FILTER$GC_PRINT_STATS\" = 'u64 1000 100 1 1 ' ]"
                                    " && echo '{\"figure\": 3}'")
        self.assertEqual(found, 3)

    def test_AProgramThatFailsOrSaysSomethingElseStopsTheCommand(self):
        for text, problem in (("echo first >&2; echo no memory >&2; exit 3", "program u64 1000 ended with 3: no memory"),
                              ("exit 4", "ended with 4: it said nothing"), ("echo hello", "printed no figures"),
                              ("echo '{}'", "printed no figures: 'figure'")):
            with self.assertRaisesRegex(project.Stop, problem) as stopped:
                self.run_script(text)
            self.assertEqual(stopped.exception.code, project.FOUND)

    def test_TheContextIsCompilerAndFlags(self):
        self.assertEqual(side_by_side.context_of({"context": {"compiler": "GCC 12", "flags": "-O2", "date": "today"}}),
                         {"compiler": "GCC 12", "flags": "-O2"})

    def test_EachRunBeginsWithAnotherSystem(self):
        self.assertEqual([side_by_side.turns(("a", "b", "c"), run) for run in range(4)],
                         [("a", "b", "c"), ("b", "c", "a"), ("c", "a", "b"), ("a", "b", "c")])

    def test_ChecksumsThatDifferStopTheCommand(self):
        side_by_side.compare("hit", {"gcmap": ["aa", "aa"], "Go": ["aa", "aa"]})
        for checksums, said in (({"gcmap": ["aa"], "Go": ["ab"]}, "differ at hit: gcmap aa, Go ab"),
                                ({"gcmap": ["aa", "ab"], "Go": ["aa", "aa"]}, "gcmap aa or ab, Go aa")):
            with self.assertRaisesRegex(project.Stop, said) as stopped:
                side_by_side.compare("hit", checksums)
            self.assertEqual(stopped.exception.code, project.FOUND)

    def test_TheTimeItTakesIsSaidAfterTheFirstRun(self):
        status, clock = mock.Mock(), iter((0.0, 3.0, 20.0, 25.0))
        progress = side_by_side.Progress(6, status, lambda: next(clock))
        progress.begin(0)
        progress.update(0, "u64", "1,000 entries", "Go")
        progress.begin(1)
        progress.update(1, "trees", "std")
        self.assertEqual([call.args[0] for call in status.update.call_args_list],
                         ["bench: run 1 of 6, u64, 1,000 entries, Go; 3.0 s",
                          "bench: run 2 of 6, trees, std; 25.0 s of about 2 min 00 s"])


class Figures(unittest.TestCase):
    def test_ThreeDigitsCount(self):
        self.assertEqual([side_by_side.digits(value) for value in (0, 0.000427, 0.0127, 0.0996, 0.1234, 9.99, 9.996, 99.94, 99.96, 1234.5)],
                         ["0", "0.000427", "0.0127", "0.10", "0.12", "9.99", "10.0", "99.9", "100", "1234"])

    def test_RatiosAreOfTheFirstSystemToTheOthers(self):
        self.assertEqual(side_by_side.ratios({"a": 6.0, "b": 3.0, "c": 12.0}, ("a", "b", "c")), [2.0, 0.5])
        self.assertEqual(side_by_side.header(("a", "b", "c")), ["a", "b", "c", "a/b", "a/c"])

    def test_NoiseIsTheMedianOverTheLeastRun(self):
        self.assertEqual(side_by_side.noise({"gcmap, hit": [1.0, 1.0, 1.0], "Go, hit": [2.0, 3.0, 9.0], "absl, hit": [2.0, 2.1, 2.2]}),
                         "median over least run: 1.05 typically, 1.50 at worst (Go, hit)")

    def test_SystemsBuiltAlikeStandTogether(self):
        contexts = {"gcmap": {"compiler": "GCC 12", "flags": "-O2"}, "Go": {"compiler": "go1.19.8", "flags": "v1"},
                    "std": {"compiler": "GCC 12", "flags": "-O2"}}
        self.assertEqual(side_by_side.how_built(contexts), ["gcmap, std: GCC 12, -O2", "Go: go1.19.8, v1"])

    def test_TheFileHoldsWhatIsKept(self):
        with tempfile.TemporaryDirectory() as home:
            path = pathlib.Path(home) / "figures.json"
            side_by_side.write(path, {"runs": 3})
            self.assertEqual(json.loads(path.read_text(encoding="utf-8")), {"runs": 3})


class Building(unittest.TestCase):
    def test_TheMachineMustHaveTheInstructionSet(self):
        every = "flags\t\t: fpu sse2 avx avx2 bmi1 bmi2 f16c fma abm movbe xsave\n"
        side_by_side.require_machine("x86-64-v3", "x86_64", every)
        side_by_side.require_machine("x86-64", "x86_64", "processor : 0\nflags : sse2\n")
        with self.assertRaisesRegex(project.Stop, "x86-64-v3: it lacks avx2, movbe$"):
            side_by_side.require_machine("x86-64-v3", "x86_64", every.replace(" avx2", "").replace(" movbe", ""))
        with self.assertRaisesRegex(project.Stop, "aarch64"):
            side_by_side.require_machine("x86-64", "aarch64", "")

    def test_AMissingGoIsSaidInOneLine(self):
        with mock.patch.object(side_by_side, "GO", pathlib.Path("/no-such-folder/go")), \
             self.assertRaisesRegex(project.Stop, "no Go 1.19 at .*: No such file"):
            side_by_side.build_go(pathlib.Path("/nowhere"), "map_bench", "v1")


if __name__ == "__main__":
    unittest.main()
