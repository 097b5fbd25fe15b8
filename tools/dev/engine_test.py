"""Tests of engine.py: on recorded output, and on shell scripts in the place of a fuzzer."""

import pathlib
import tempfile
import unittest

from dev import engine

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
            executions=25508, per_second=900, coverage=8, features=11, corpus=4, artifact="x/crash-6885",
            verdict="M3@put: key 17 in chain 4, its hash names chain 0", initialized=True))

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
        (one,), _ = self.drive("echo program >$GCMAP_WRITE_AHEAD; kill -9 $$", ahead=ahead)
        self.assertEqual((one.returncode, one.finding()), (-9, ahead))

    def test_ADeathThatLeavesNothingIsNoticed(self):
        (one,), _ = self.drive("exit 3")
        self.assertTrue(one.died_silently())

    def test_AFindingEndsTheOthers(self):
        (one, two), by_user = self.drive("echo 'Test unit written to crash-1' >&2; exit 77", "sleep 60 & wait")
        self.assertEqual((str(one.finding()), two.finding(), by_user), ("crash-1", None, False))

    def test_TheTimeLimitEndsAnEngineThatDoesNotEndItself(self):
        (one,), _ = self.drive("exec sleep 60", seconds=0.2)
        self.assertTrue(one.interrupted)
        self.assertIsNone(one.finding())

    def test_CtrlCInterruptsTheEnginesAndSaysSo(self):
        ticks = iter([None])

        def tick(_):
            if next(ticks, 0) is None:
                raise KeyboardInterrupt
        (one,), by_user = self.drive("exec sleep 60", tick=tick)
        self.assertTrue(by_user and one.interrupted)


if __name__ == "__main__":
    unittest.main()
