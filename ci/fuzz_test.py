"""Fuzzing as a user does it, on the real targets: quiet runs, decision points, Ctrl-C, kill -9, a planted bug
found and reduced.

    python3 ci/fuzz_test.py
"""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))
from dev import corpus, project  # noqa: E402
from dev.gcmap import Gcmap  # noqa: E402

TARGET = ROOT / "build/asan-ubsan/fuzz/map_ops_fuzz"
# Target, build, loaded, mutated, found.
SUMMARY = re.compile(r"^(\w+_fuzz)(?: with \S+)? +(fast|sanitized) +([\d,]+) +([\d,]+) +[\d,]+ +[\d,]+ +\d+ +\d+ +\S.* (none|\d+|not run)$", re.MULTILINE)
POINTS = re.compile(r"^points of (\w+) +(.*)\n((?:\w+(?: +(?:[\d,]+|-))+\n)+)", re.MULTILINE)
PAIRS = re.compile(r"^pairs of (\w+)  state [\d,]+ of [\d,]+ \((\d+) %\), neighbours [\d,]+ of [\d,]+ \((\d+) %\)$", re.MULTILINE)
PAIRS_LEAST = 40  # percent of those that can be
# Enough for every point in every phase with this seed; a number of executions, because a time would decide
# a test.
POINT_RUNS = "6000"
CANARY_OPERATIONS_MAX = 3


def dev(*words):
    return subprocess.Popen([str(ROOT / "dev"), *words], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, start_new_session=True)


def wait_for(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("waited in vain")
        time.sleep(0.05)


class WithState(unittest.TestCase):
    def setUp(self):
        # Not a temporary folder: what a failing run found must still be there, to be uploaded.
        self.home = ROOT / ".fuzz/ci" / self._testMethodName
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir(parents=True)

    def fuzz(self, *words):
        return dev("fuzz", "--state", str(self.home), *words)

    def fuzz_for_a_second(self):
        """A running ./dev fuzz of one target whose engine has been at work for a second."""
        ahead = self.home / "map_ops_fuzz" / "write-ahead-0"
        process = self.fuzz("map_ops_fuzz", "--seconds", "300", "--seed", "1")
        wait_for(lambda: ahead.exists() or process.poll() is not None)
        time.sleep(1)
        return process


class Fuzzing(WithState):
    def summary(self, *words):
        """What a run without findings prints, and [(target, build, loaded, mutated, found)] of
        its summary."""
        process = self.fuzz(*words)
        output = process.communicate(timeout=600)[0]
        self.assertEqual(process.returncode, 0, output)
        return output, SUMMARY.findall(output)

    def test_BothBuildsOfEveryTargetRunSideBySide(self):
        output, rows = self.summary("--seconds", "3", "--jobs", "2", "--seed", "1")
        self.assertEqual(output.count("programs replayed"), len(project.TARGETS) * len(project.PRESETS), output)
        self.assertEqual([(target, build, found) for target, build, _, _, found in rows],
                         [(target, build, "none") for target in project.TARGETS for build in project.PRESETS], output)
        self.assertNotIn("0", [count for _, _, loaded, mutated, _ in rows for count in (loaded, mutated)], output)

    def test_OneProcessIsOfOneBuildAfterTheOther(self):
        output, rows = self.summary("map_ops_fuzz", "--runs", "200", "--seed", "1")
        self.assertEqual([(target, build) for target, build, *_ in rows], [("map_ops_fuzz", build) for build in project.PRESETS])
        self.assertEqual([mutated for *_, mutated, _ in rows], ["200", "200"], output)

    def test_EveryDecisionPointAndMostPairsAreHit(self):
        processes = [self.fuzz(target, "--build", "fast", "--runs", POINT_RUNS, "--seed", "1") for target in project.TARGETS]
        for target, process in zip(project.TARGETS, processes):
            output = process.communicate(timeout=600)[0]
            self.assertEqual(process.returncode, 0, output)
            [(named, phases, lines)] = POINTS.findall(output)
            self.assertEqual((named, phases.split()), (target, ["idle", "mark", "sweep"]), output)
            cells = {name: counts for name, *counts in map(str.split, lines.splitlines())}
            self.assertEqual(cells["span_swept"][:2], ["-", "-"], output)
            never = [name for name, counts in cells.items() if "0" in counts]
            self.assertEqual(never, [], f"{target}\n{output}")
            self.assertNotIn("never hit:", output)
            [(named, *shares)] = PAIRS.findall(output)
            self.assertEqual(named, target, output)
            self.assertGreaterEqual(min(map(int, shares)), PAIRS_LEAST, output)

    def test_CtrlCEndsWithASummary(self):
        process = self.fuzz_for_a_second()
        os.killpg(process.pid, signal.SIGINT)
        output = process.communicate(timeout=60)[0]
        self.assertEqual(process.returncode, 128 + signal.SIGINT, output)
        self.assertIn("interrupted", output)
        self.assertRegex(output, SUMMARY)

    def test_TheCanaryIsFoundReducedAndRepeated(self):
        process = self.fuzz("--fault", "canary", "--seconds", "120", "--seed", "1")
        output = process.communicate(timeout=300)[0]
        self.assertEqual(process.returncode, 1, output)
        # The sanitized build repeats it, unless it is still being compiled.
        repeat = re.search(r"repeat: \./dev (replay --fault canary (?:--fast )?(\S+))", output)
        self.assertIsNotNone(repeat, output)
        program = ROOT / repeat[2]
        operations = [line for line in program.read_text(encoding="utf-8").splitlines()
                      if line and not line.startswith(("#", "config"))]
        self.assertLessEqual(len(operations), CANARY_OPERATIONS_MAX, output)
        for words, code in ((repeat[1].split(), 1), (["replay", repeat[2]], 0)):
            again = dev(*words)
            said = again.communicate(timeout=120)[0]
            self.assertEqual(again.returncode, code, said)


class KilledOutright(WithState):
    def test_KillNineLeavesAProgramThatReplays(self):
        gcmap = Gcmap(ROOT / "build/asan-ubsan/harness/gcmap")
        gcmap.to_binary(corpus.programs(), self.home / "seeds")
        ahead = self.home / "ahead"
        process = subprocess.Popen([TARGET, f"-artifact_prefix={self.home}/", self.home / "seeds"], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   env={**os.environ, "GCMAP_WRITE_AHEAD": str(ahead)})
        wait_for(lambda: ahead.exists() and ahead.stat().st_size > 0)
        time.sleep(1)
        process.kill()
        process.wait()
        result = subprocess.run([gcmap.binary, "replay", ahead], capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_AKilledProcessWhoseProgramPassesIsNoBug(self):
        """`./dev fuzz` whose fuzzer is killed: the program it ran is kept and passes, so that it is
        no bug."""
        process = self.fuzz_for_a_second()
        children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        self.assertEqual(len(children), 1)
        os.kill(int(children[0]), signal.SIGKILL)
        output = process.communicate(timeout=120)[0]
        for kept in (self.home / "map_ops_fuzz" / "crashes").iterdir():  # none if it came between two programs
            self.assertIn(kept.name, output)
        self.assertIn("was killed by SIGKILL", output)
        self.assertEqual(process.returncode, 2, output)


if __name__ == "__main__":
    unittest.main()
