"""Tests of bench.py: which options belong together, and that a benchmark is built, measured, printed
and kept."""

import argparse
import contextlib
import io
import json
import pathlib
import tempfile
import unittest
from unittest import mock

from dev import bench, bench_gc, bench_map, project, side_by_side
from dev.bench_gc_test import said as gc_said
from dev.bench_map_test import said as map_said


def asked(*words):
    parser = argparse.ArgumentParser()
    bench.add_arguments(parser)
    return parser.parse_args(words)


class Asking(unittest.TestCase):
    def test_AnOptionOfAnotherBenchmarkIsRefused(self):
        for words, problem in ((("map", "--work", "trees"), "--work is an option of ./dev bench gc"), (("--live", "64"), "--live"),
                               (("gc", "--entries", "1000"), "--entries is an option of ./dev bench map"), (("gc", "--clone"), "--clone")):
            with mock.patch.object(side_by_side, "build", side_effect=AssertionError), self.assertRaisesRegex(project.Stop, problem):
                bench.run(asked(*words))

    def test_AFileThatCannotBeWrittenIsSaidBeforeAnythingIsBuilt(self):
        for path in ("/no-such-folder/figures.json", "/"):
            with mock.patch.object(side_by_side, "build", side_effect=AssertionError), self.assertRaisesRegex(project.Stop, "--json .*folder"):
                bench.run(asked("--json", path))


class Running(unittest.TestCase):
    def run_command(self, said, *words):
        built = []

        def build(march, name, systems):
            built.append((march, name))
            return {system: [system] for system in systems}
        with mock.patch.object(side_by_side, "build", build), \
             mock.patch.object(side_by_side, "run_once", lambda command, parse: parse(said)), \
             contextlib.redirect_stdout(io.StringIO()) as printed:
            self.assertEqual(bench.run(asked(*words)), project.OK)
        return built, printed.getvalue()

    def test_TheMapUnlessAskedOtherwise(self):
        built, printed = self.run_command(map_said(), "--runs", "2", "--march", "x86-64-v3")
        self.assertEqual(built, [("x86-64-v3", "map_bench")])
        for words in ("median of 2 runs", "10,000", "churn", "slowest relative to absl"):
            self.assertIn(words, printed)

    def test_OrTheCollector(self):
        built, printed = self.run_command(gc_said(), "gc")
        self.assertEqual(built, [("x86-64", "gc_bench")])
        for words in (f"median of {bench_gc.DEFAULT_RUNS} runs", "gcmap/Boehm", "stall, least run", "slowest relative to Boehm"):
            self.assertIn(words, printed)
        self.assertNotEqual(bench_gc.DEFAULT_RUNS, bench_map.DEFAULT_RUNS)

    def test_FiguresAreKeptWhereAsked(self):
        with tempfile.TemporaryDirectory() as home:
            path = pathlib.Path(home) / "figures.json"
            self.run_command(gc_said(), "gc", "--runs", "1", "--json", str(path))
            self.assertEqual(json.loads(path.read_text(encoding="utf-8"))["benchmark"], "gc")


if __name__ == "__main__":
    unittest.main()
