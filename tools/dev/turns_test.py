"""Tests of turns.py and outcome.py: shell scripts in the place of fuzz targets, an object in that
of gcmap."""

import contextlib
import io
import itertools
import pathlib
import shutil
import signal
import tempfile
import unittest
from unittest import mock

from dev import campaign, corpus, outcome, project, turns
from dev.gcmap import Reduction

# What a target does with the project's programs: "Running: ..." each; those that say "bug" end it.
REPLAY = """
case " $* " in *" -max_len=1048576 "*)
  for file in "$@"; do
    case $file in -*) continue ;; esac
    echo "Running: $file" >&2
    grep -q bug "$file" && { echo "gcmap: MD@put: wrong" >&2; exit 77; }
  done
  printf 'gcmap-states map empty full\\ngcmap-met get map map 0 1\\n' >&2
  exit 0 ;;
esac
echo "$GCMAP_LOADING_SECONDS $GCMAP_FUZZING_SECONDS $GCMAP_MUTATED_MAX" >>environment
"""
# And what it says of a quiet turn.
QUIET = """
echo "#5 INITED cov: 3 ft: 4 corp: 2/9b exec/s: 0" >&2
echo "gcmap-loading loaded=4 skipped=7" >&2
echo "#9 NEW    cov: 4 ft: 6 corp: 3/12b lim: 40 exec/s: 2" >&2
echo "gcmap-turn loaded=4 skipped=7 mutated=20" >&2
"""
RUNNING = r"printf 'gcmapWA\n\1\0\0\0\2\0\0\0' >$GCMAP_WRITE_AHEAD; echo %s >>$GCMAP_WRITE_AHEAD;"
CRASH = 'echo %s >crashes/%s-1; echo "Test unit written to $PWD/crashes/%s-1" >&2; exit 77'


class FakeGcmap:
    """Programs that say "bug" fail with MD@put."""

    def __init__(self):
        self.binary = "gcmap"

    def to_binary(self, programs, directory):
        directory.mkdir()
        for program in programs:
            shutil.copyfile(program, directory / f"{program.parent.name}-{program.stem}.bin")

    def signature(self, program):
        if b"undecided" in program.read_bytes():
            return None
        return "MD@put u64" if b"bug" in program.read_bytes() else ""

    def reduce(self, program, target, *_):
        if not self.signature(program):
            return Reduction(None, problem="it does not fail")
        target.write_text("# MD@put: wrong\nput m0 1 2\n")
        return Reduction("MD@put", 1)


class FakePrograms:
    def __init__(self, home, script, kinds=("fast", "sanitized")):
        self.kinds, self._path = list(kinds), home / "target"
        self.waited_for = set(kinds)
        self._path.write_text(f"#!/bin/bash\n{REPLAY}\n{script}\n")
        self._path.chmod(0o755)

    def ready(self, kind):
        return kind in self.waited_for

    usable = ready

    def path(self, _, __):
        return self._path

    def gcmap(self, _):
        return FakeGcmap()


class WithTarget(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.home = pathlib.Path(directory.name)
        self.state = self.home / "state"
        for name, text in (("seeds/a", "put m0 1 2"), ("regressions/b", "put m0 3 4")):
            self.program(name, text)
        programs = lambda **_: corpus_programs(self.home / "project", **_)  # noqa: E731
        patched = mock.patch.object(corpus, "programs", programs)
        patched.start()
        self.addCleanup(patched.stop)

    def program(self, name, text):
        path = self.home / "project" / f"{name}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n")
        return path

    def begin(self, script, kinds=("fast", "sanitized"), **words):
        self.programs = FakePrograms(self.home, script, kinds)
        with self.quietly():
            return turns.begin(campaign.Campaign("map_ops_fuzz", self.programs, self.state, **words), 7)

    def fuzz(self, script, seconds=8, mutated=None, jobs=1, kinds=("fast", "sanitized"), **words):
        one = self.begin(script, kinds, **words)
        with self.quietly():
            turns.fuzz(one, seconds, mutated, jobs)
        return one

    @contextlib.contextmanager
    def quietly(self):
        self.said = io.StringIO()
        with contextlib.redirect_stdout(self.said), contextlib.redirect_stderr(self.said):
            yield

    def environments(self):
        return (self.state / "environment").read_text().splitlines()


corpus_programs = corpus.programs


class Time(WithTarget):
    def test_LoadingIsBoundedByAQuarterOfTheFuzzingTime(self):
        one = self.fuzz(QUIET, seconds=60)
        self.assertEqual(self.environments(), ["10 40 ", "5 20 "])
        self.assertEqual((one.exit_code(), [one.verdict(build) for build in one.campaign.builds]), (0, ["none", "none"]))

    def test_ANumberOfRunsIsOfMutatedPrograms(self):
        self.fuzz(QUIET, seconds=60, mutated=500)
        self.assertEqual(self.environments(), ["5  500", "5  500"])

    def test_LoadedMutatedAndNewAreToldApart(self):
        row = next(self.fuzz(QUIET).records())
        self.assertEqual({name: row[name] for name in ("target", "build", "loaded", "mutated", "new", "executions", "coverage", "found")},
                         {"target": "map_ops_fuzz", "build": "fast", "loaded": 4, "mutated": 20, "new": 1, "executions": 24, "coverage": 4, "found": 0})

    def test_PairsOfEveryProcessAreCounted(self):
        one = self.fuzz(QUIET + """
            test "$GCMAP_PAIRS" && printf 'gcmap-states map empty full\\ngcmap-met put map map 3 0\\n' >&2""", jobs=2)
        replayed, mutated = ("get", "map", "map"), ("put", "map", "map")
        self.assertEqual(one.tally("fast").pairs.states, {(*replayed, "empty"): 0, (*replayed, "full"): 1, (*mutated, "empty"): 3, (*mutated, "full"): 0})
        self.assertEqual(one.pairs().states, {(*replayed, "empty"): 0, (*replayed, "full"): 2, (*mutated, "empty"): 6, (*mutated, "full"): 0})

    def test_ARunThatMutatedNothingIsUndecided(self):
        one = self.fuzz("echo '#900 INITED cov: 3 ft: 4 corp: 2/9b exec/s: 0' >&2")
        self.assertEqual((one.exit_code(), one.verdict("sanitized"), one.idle_builds()), (3, "nothing mutated", ["fast", "sanitized"]))

    def test_ABuildThatIsStillCompiledHasItsRoundLater(self):
        one = self.begin(QUIET)
        self.programs.waited_for = {"fast"}
        with self.quietly():
            turns.fuzz(one, 60, None, 1)
            self.assertEqual([kinds for _, kinds, _ in one.later], [["sanitized"]])
            turns.fuzz_later(one)
        self.assertEqual((len(self.environments()), one.later), (2, []))

    def test_CtrlCEndsARunWithTheSignalsNumber(self):
        one = self.begin("exec sleep 60")
        with self.quietly(), mock.patch.object(turns, "progress_line", side_effect=KeyboardInterrupt), \
                mock.patch.object(project, "interruption", signal.SIGTERM):
            turns.fuzz(one, 60, None, 1)
        self.assertEqual((one.by_user, one.exit_code()), (15, 143))


class Corpus(WithTarget):
    def test_TheProjectsProgramsAreLoadedFirstThenWhatWasCollected(self):
        (self.state / "corpus").mkdir(parents=True)
        for name in ("x", "y,z"):
            (self.state / "corpus" / name).write_text(name)
        self.fuzz(QUIET)
        self.assertEqual((self.state / "load-0").read_text(), "seeds/regressions-b.bin,seeds/seeds-a.bin,corpus/x")

    def test_WhatAProcessFindsJoinsTheCorpus(self):
        one = self.fuzz(f"echo new >fresh/$$;{QUIET}", kinds=("fast",))
        [path] = one.campaign.grown()
        self.assertEqual((path.read_text(), one.fresh, list(one.campaign.fresh.iterdir())), ("new\n", {path.name}, []))

    def test_APlantedBuildForgetsWhatWasCollected(self):
        (self.state / "corpus").mkdir(parents=True)
        (self.state / "corpus/x").write_text("x")
        self.assertEqual(self.begin(QUIET, fault="canary").campaign.grown(), [])

    def test_AProgramOfTheProjectThatFailsIsNamed(self):
        program = self.program("seeds/c", "bug")
        one = self.begin(QUIET)
        [found] = one.found
        self.assertEqual((found.reproducer.signature, found.reproducer.origin), ("MD@put", f"shown by {project.relative(program)}"))
        self.assertEqual((turns.failing_programs([one]), one.over, one.exit_code()), ({program}, True, 1))
        with self.quietly():  # another target leaves it out
            other = turns.begin(campaign.Campaign("heap_ops_fuzz", self.programs, self.home / "other"), 7, {program})
        self.assertEqual(other.found, [])


class Deaths(WithTarget):
    def test_AKilledProcessWhoseProgramFailsIsABug(self):
        one = self.fuzz(RUNNING % "bug" + "kill -9 $$")
        self.assertEqual((one.exit_code(), one.verdict("fast"), one.verdict("sanitized")), (1, "1", "not run"))

    def test_AKilledProcessWhoseProgramPassesIsTheEnvironments(self):
        one = self.fuzz(RUNNING % "fine" + "kill -9 $$")
        self.assertEqual((one.exit_code(), one.verdict("fast"), one.found), (2, "broken", []))
        self.assertRegex(one.broken, r"was killed by SIGKILL, by the out-of-memory killer.*\./dev replay --fast .*crashes/\w+$")

    def test_ADeathBetweenTwoProgramsIsTheEnvironments(self):
        one = self.fuzz("echo 'no space' >&2; exit 3")
        self.assertEqual(one.exit_code(), 2)
        self.assertIn("ended with 3: no space; no program was running", one.broken)
        self.assertRegex(one.broken, r"Again: \./dev fuzz map_ops_fuzz --state \S+$")

    def test_ACrashThatDoesNotRepeatIsABugAllTheSame(self):
        one = self.fuzz(CRASH % ("fine", "crash", "crash"))
        self.assertEqual((one.exit_code(), [found.reproducer.signature for found in one.found]), (1, [""]))

    def test_ATimeoutThatDoesNotRepeatIsUndecided(self):
        for kind, words in (("timeout", "more than 120 s"), ("oom", "limit of memory")):
            one = self.fuzz(CRASH % ("fine", kind, kind))
            self.assertEqual((one.exit_code(), one.found), (3, []), kind)
            self.assertIn(words, one.undecided)

    def test_AHangThatDoesNotRepeatIsUndecided(self):
        said = "echo 'gcmap: HANG@put: it came to no end within 500 ms of processor time' >&2; "
        one = self.fuzz(said + CRASH % ("fine", "crash", "crash"))
        self.assertEqual((one.exit_code(), one.found), (3, []))
        self.assertIn("HANG@put: it came to no end", one.undecided)
        self.assertEqual(self.fuzz(said + CRASH % ("bug", "crash", "crash")).exit_code(), 1)

    def test_ATimeoutThatRepeatsIsABug(self):
        self.assertEqual(self.fuzz(CRASH % ("bug", "timeout", "timeout")).exit_code(), 1)

    def test_AFailureWhileLoadingSaysSo(self):
        one = self.fuzz(CRASH % ("bug", "crash", "crash"))
        self.assertEqual(one.found[0].reproducer.origin, "while loading the corpus")

    def test_AReductionThatIsInterruptedKeepsTheBug(self):
        with mock.patch.object(FakeGcmap, "reduce", lambda *_: Reduction(None, problem="ended", interrupted=True)):
            one = self.fuzz(CRASH % ("bug", "crash", "crash"))
        self.assertEqual((one.exit_code(), one.by_user, len(one.found)), (1, 2, 1))


class OldCrashes(WithTarget):
    def test_ThoseThatPassJoinTheCorpusThoseThatFailAreReported(self):
        crashes = self.state / "crashes"
        crashes.mkdir(parents=True)
        (crashes / "mended").write_text("fine")
        (crashes / "unclear").write_text("undecided")
        (crashes / "open").write_text("bug")
        one = self.fuzz(QUIET)
        self.assertEqual([path.read_text() for path in one.campaign.grown()], ["fine"])
        self.assertEqual(sorted(path.name for path in crashes.iterdir()), ["open", "unclear"])
        [still] = one.still
        self.assertEqual((still.reproducer.path.name, still.reproducer.signature), ("open", "MD@put"))
        self.assertEqual((one.exit_code(), one.tally("fast").mutated), (1, 20))  # it was fuzzed all the same

    def test_TheFastBuildAloneDoesNotCallThemMended(self):
        (self.state / "crashes").mkdir(parents=True)
        (self.state / "crashes/a").write_text("only a sanitizer sees it")
        one = self.fuzz(QUIET, kinds=("fast",))
        self.assertEqual((one.campaign.grown(), one.exit_code()), ([], 0))


class KeepGoing(WithTarget):
    ONCE = "[[ -e met ]] || { echo x >met; %s; }\n"

    def test_ANewFailureIsReportedAndKnownFromThenOn(self):
        one = self.fuzz(self.ONCE % (CRASH % ("bug", "crash", "crash")) + QUIET, keep_going=True, kinds=("fast",))
        self.assertEqual((len(one.found), one.known.signatures(), one.tally("fast").mutated), (1, ["MD@put u64"], 20))
        self.assertEqual(len(self.environments()), 2)

    def test_AKnownOneIsSetAsideAndTheProcessStartedAgain(self):
        self.state.mkdir()
        (self.state / "known.txt").write_text("# one\nMD@put u64\n")
        one = self.fuzz(self.ONCE % (CRASH % ("bug", "crash", "crash")) + QUIET, keep_going=True, kinds=("fast",))
        self.assertEqual((one.found, one.known.met, one.exit_code()), ([], {"MD@put u64": 1}, 1))
        self.assertEqual([path.read_text() for path in one.known.kept("MD@put u64")], ["bug\n"])
        self.assertEqual(list(one.campaign.crashes.iterdir()), [])

    def test_AProgramOfTheCorpusThatFailsIsNotLoadedAgain(self):
        (self.state / "corpus").mkdir(parents=True)
        (self.state / "corpus/x").write_text("bug\n")
        self.fuzz(self.ONCE % (CRASH % ("bug", "crash", "crash")) + QUIET, keep_going=True, kinds=("fast",))
        self.assertNotIn("corpus/x", (self.state / "load-0").read_text())

    def test_ProgramsOfTheProjectThatFailDoNotEndIt(self):
        self.program("seeds/c", "bug")
        self.program("seeds/d", "bug two")
        one = self.fuzz(QUIET, keep_going=True, kinds=("fast",))
        self.assertEqual((len(one.found), one.known.met, one.tally("fast").mutated), (1, {"MD@put u64": 1}, 20))
        self.assertEqual((self.state / "load-0").read_text(), "seeds/regressions-b.bin,seeds/seeds-a.bin")

    def test_WhatTheTargetSetAsideIsCounted(self):
        one = self.fuzz("echo 'gcmap-known count=12 smallest=34 M3@put u64' >&2" + QUIET, keep_going=True, kinds=("fast",))
        self.assertEqual((one.known.met, one.exit_code()), ({"M3@put u64": 12}, 1))


class Numbers(unittest.TestCase):
    def test_SeveralTargetsHaveOneExitCode(self):
        def together(*codes):
            return outcome.exit_code_of([mock.Mock(**{"exit_code.return_value": code}) for code in codes])
        self.assertEqual([together(0, 0), together(0, 3), together(3, 2), together(2, 143, 3), together(143, 1), together()], [0, 3, 2, 143, 1, 0])

    def test_OneForEachBuildWithItsOwnFindings(self):
        one = outcome.Outcome(campaign.Campaign("map_ops_fuzz", mock.Mock(kinds=["fast", "sanitized"]), pathlib.Path("s")), itertools.count(7))
        one.tallies["fast"] = outcome.Tally(70, 120000, 12, 40.0, 300, 80, 1, 1)
        self.assertEqual(list(one.rows()), [
            ["map_ops_fuzz", "fast", "70", "120,000", "12", "3,000", 300, 80, "40.0 s", "1"],
            ["map_ops_fuzz", "sanitized", "0", "0", "0", "0", 0, 0, "0.0 s", "not run"]])
        one.broken = "it broke"
        self.assertEqual([row[-1] for row in one.rows()], ["1", "broken"])


if __name__ == "__main__":
    unittest.main()
