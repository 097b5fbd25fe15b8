"""Tests of engine.py: on recorded output, and on shell scripts in the place of a fuzzer."""

import pathlib
import signal
import tempfile
import unittest
from unittest import mock

from dev import engine, project

# In the form of harness/program/write_ahead_file.h; the number is the state: 2 while a program runs, 3
# after it.
WRITE_AHEAD = r"printf 'gcmapWA\n\1\0\0\0\%d\0\0\0program' >$GCMAP_WRITE_AHEAD; "

CRASH = """INFO: Seed: 1
#2\tINITED cov: 7 ft: 9 corp: 3/33b exec/s: 0 rss: 30Mb
#1739\tREDUCE cov: 8 ft: 11 corp: 4/13b lim: 17 exec/s: 869 rss: 31Mb L: 9/9 MS: 1 EraseBytes-
gcmap: M3@put: key 17 in chain 4, its hash names chain 0
artifact_prefix='x/'; Test unit written to x/slow-unit-01
artifact_prefix='x/'; Test unit written to x/crash-6885
stat::number_of_executed_units: 25508
stat::average_exec_per_sec:     900
"""


class EngineOutput(unittest.TestCase):
    def test_ReadsProgressVerdictAndArtifact(self):
        progress = engine.Progress()
        for line in CRASH.splitlines():
            progress.read(line)
        self.assertEqual(progress, engine.Progress(
            executions=25508, per_second=900, coverage=8, features=11, corpus=4, artifact="x/crash-6885", loaded=2, initial=2,
            last_line="stat::average_exec_per_sec:     900",
            verdict="M3@put: key 17 in chain 4, its hash names chain 0", initialized=True))

    def test_TellsLoadingFromFuzzing(self):
        progress, seen = engine.Progress(), []
        for line in ("#1024\tpulse  cov: 2 ft: 2", "#3055\tINITED cov: 7 ft: 9 corp: 3/33b", "gcmap-loading loaded=800 skipped=2254",
                     "#3057\tNEW    cov: 8 ft: 9 corp: 4/40b", "#3060\tREDUCE cov: 8 ft: 9 corp: 4/39b", "gcmap-turn loaded=801 skipped=2254 mutated=11"):
            progress.read(line)
            seen.append((progress.loaded, progress.mutated, progress.new))
        self.assertEqual(seen, [(0, 0, 0), (3055, 0, 0), (800, 0, 0), (800, 2, 1), (800, 5, 1), (801, 11, 1)])
        self.assertEqual((progress.executions, progress.skipped), (812, 2254))

    def test_ReadsWhatTheTargetSetAside(self):
        progress = engine.Progress()
        for line in ("gcmap-known count=1 smallest=80 AS@put u64 gcmap::find", "gcmap-known count=2 smallest=64 AS@put u64 gcmap::find"):
            progress.read(line)
        self.assertEqual(progress.known, {"AS@put u64 gcmap::find": [2, 64]})

    def test_ATurnIsBoundedByTheEnvironment(self):
        self.assertEqual(engine.Turn(2.5, 10, None).environment(), {"GCMAP_LOADING_SECONDS": "2.5", "GCMAP_FUZZING_SECONDS": "10"})
        self.assertEqual(engine.Turn(mutated=500).environment(), {"GCMAP_MUTATED_MAX": "500"})

    def test_RemembersTheFileBeingReplayed(self):
        progress = engine.Progress()
        progress.read("Running: corpus/a.bin")
        self.assertEqual(progress.running, "corpus/a.bin")


class EngineProcesses(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.home = pathlib.Path(directory.name)

    def drive(self, *scripts, seconds=20, tick=lambda left: None, ahead=None):
        engines = [engine.Engine(["bash", "-c", script], self.home / f"log{number}", ahead)
                   for number, script in enumerate(scripts)]
        return engines, engine.drive(engines, seconds, tick)

    def test_AQuietEndIsNoFinding(self):
        (one,), by_user = self.drive("echo '#7 DONE cov: 1 ft: 1 corp: 1/1b exec/s: 3' >&2")
        self.assertEqual((one.returncode, one.finding(), one.died_silently(), by_user), (0, None, False, False))
        self.assertEqual(one.progress.executions, 7)
        self.assertIn("#7 DONE", (self.home / "log0").read_text())

    def test_AKilledProcessLeavesWhatWasWrittenAhead(self):
        ahead = self.home / "ahead"
        (one,), _ = self.drive(WRITE_AHEAD % 2 + "kill -9 $$", ahead=ahead)
        self.assertEqual((one.returncode, one.finding(), one.death()), (-9, ahead, "was killed by SIGKILL, by the out-of-memory killer or somebody"))

    def test_ADeathBetweenTwoProgramsLeavesNothing(self):
        (one,), _ = self.drive(WRITE_AHEAD % 3 + "kill -9 $$", ahead=self.home / "ahead")
        self.assertEqual((one.finding(), one.died_silently()), (None, True))

    def test_AProgramThatCannotBeStartedIsSaidInOneLine(self):
        with self.assertRaisesRegex(project.Stop, "^cannot start /nonexistent/fuzz: No such file or directory$"):
            engine.Engine(["/nonexistent/fuzz"], self.home / "log")

    def test_OnlyItsOwnVariablesReachATarget(self):
        with mock.patch.dict("os.environ", {"GCMAP_FUZZING_SECONDS": "1"}):
            one = engine.Engine(["bash", "-c", "echo $GCMAP_FUZZING_SECONDS-$GCMAP_MUTATED_MAX-$PWD >&2"], self.home / "log", None, self.home,
                                engine.Turn(mutated=5).environment())
            engine.drive([one], 20, lambda _: None)
        self.assertEqual(one.progress.last_line, f"-5-{self.home}")

    def test_ADeathThatLeavesNothingIsNoticed(self):
        (one,), _ = self.drive("exit 3")
        self.assertTrue(one.died_silently())

    def test_AFindingEndsTheOthers(self):
        (one, two), by_user = self.drive(f"echo x >{self.home}/crash-1; echo 'Test unit written to {self.home}/crash-1' >&2; exit 77", "exec sleep 60",
                                           seconds=None)
        self.assertTrue(two.interrupted)
        self.assertEqual((one.finding(), two.finding(), by_user), (self.home / "crash-1", None, 0))

    def test_TheTimeLimitEndsAnEngineThatDoesNotEndItself(self):
        (one,), _ = self.drive("exec sleep 60", seconds=0.2)
        self.assertTrue(one.interrupted)
        self.assertIsNone(one.finding())

    def test_ProcessorTimeIsKnownWhileItRunsAndAfterwards(self):
        one, seen = engine.Engine(["bash", "-c", "while :; do :; done"], self.home / "log"), []

        def tick(_):
            seen.append(one.cpu_seconds)
            if seen[-1] >= 0.05:
                engine.stop([one])
        engine.drive([one], None, tick)
        self.assertEqual(sorted(seen), seen)
        self.assertGreaterEqual(one.cpu_seconds, 0.05)

    def test_CtrlCInterruptsTheEnginesAndSaysSo(self):
        ticks = iter([None])

        def tick(_):
            if next(ticks, 0) is None:
                raise KeyboardInterrupt
        (one,), by_user = self.drive("exec sleep 60", tick=tick)
        self.assertEqual((by_user, one.interrupted), (signal.SIGINT, True))


if __name__ == "__main__":
    unittest.main()
