"""Tests of compare_checkouts.py: two checkouts whose programs are small scripts."""

import contextlib
import io
import pathlib
import sys
import tempfile
import unittest
from unittest import mock

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import compare_checkouts  # noqa: E402
from dev import project  # noqa: E402

# A digest is the file's size; a program that says "crash" ends the driver.
DIGESTS = """for file in sys.argv[1:]:
    if file == "--without-metadata":
        continue
    text = open(file).read()
    if "crash" in text:
        sys.exit(139)
    print(len(text) + OFFSET, file)
"""
GCMAP = """if sys.argv[1] == "go-trace":
    print("\\n".join(f"{file}  7 operations  ok" for file in sys.argv[2:]))
else:
    pathlib.Path(sys.argv[3], "go-" + pathlib.Path(sys.argv[2]).name + ".txt").write_text("cut")
"""
MAKE_PROGRAMS = """for number in range(int(sys.argv[3])):
    pathlib.Path(sys.argv[1], f"map-{number}.txt").write_text(f"seed {sys.argv[2]}" + " " * number)
"""
SCHEDULES = """if os.environ["GTEST_SHARD_INDEX"] == "0":
    print("noise\\nWeakRead_InQuarantine: 1300 schedules of up to 40 places (1301 runs)\\nnoise")
"""


class CompareCheckouts(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.folder = pathlib.Path(directory.name)
        for name in ("OLD", "NEW"):
            self.write(f"{name}/corpus/seeds/a.txt", "a program")
            self.write(f"{name}/corpus/regressions/b.txt", "another")
            self.write(f"{name}/corpus/go-traces/u64-mixed.trace.gz", "")
            self.script(f"{name}/digests", DIGESTS.replace("OFFSET", "0"))
            self.script(f"{name}/gcmap", GCMAP)
            self.script(f"{name}/make_programs", MAKE_PROGRAMS)
            self.script(f"{name}/schedules", SCHEDULES)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def script(self, name, text):
        self.write(name, f"#!{sys.executable} -IS\nimport os, pathlib, sys\n{text}").chmod(0o755)

    @staticmethod
    def made(name, root, targets):
        return compare_checkouts.Checkout(name, root, *(root / program for program in ("digests", "gcmap", "make_programs", "schedules")))

    def run_main(self, *options, make=None):
        """(exit code, stdout, stderr)"""
        output, errors = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
            code = compare_checkouts.main([str(self.folder / "OLD"), str(self.folder / "NEW"), "--count", "20", *options], make or self.made)
        return code, output.getvalue(), errors.getvalue()

    def differs(self, *words, options=()):
        code, output, _ = self.run_main(*options)
        self.assertEqual(code, project.FOUND, output)
        for word in words:
            self.assertIn(word, output)

    def test_EqualCheckoutsAreEqualAndAllThatWasComparedIsCounted(self):
        code, output, _ = self.run_main("--schedules", "--without-metadata")
        self.assertEqual(code, project.OK, output)
        for words in ("2 programs: equal", "1 recordings, 1 programs cut from them: equal", "20 programs and 0 reductions of seed 1: equal",
                      "20 programs: equal", "1 walks, 1300 schedules: equal"):
            self.assertIn(words, output)

    def test_ADigestThatDiffersIsNamedOnBothSides(self):
        self.script("NEW/digests", DIGESTS.replace("OFFSET", "1"))
        self.differs("corpus      2 programs: 2 differences", "OLD: 9 corpus/seeds/a.txt\n  NEW: 10 corpus/seeds/a.txt", "generated   20 programs: 20")

    def test_AProgramThatEndsBothDriversHidesNothing(self):
        for name in ("OLD", "NEW"):
            self.write(f"{name}/corpus/seeds/a.txt", "crash")
        with mock.patch.object(project, "jobs", return_value=1):
            self.differs("OLD printed 1 lines, not 2", "NEW printed 1 lines, not 2")

    def test_FilesThatNewLacksAreADifference(self):
        for name in ("OLD/corpus/seeds/old.txt", "OLD/corpus/go-traces/u64-old.trace.gz"):
            self.write(name, "old")
        self.differs("corpus      2 programs: 1 differences\n  only in OLD: corpus/seeds/old.txt",
                     "recordings  1 recordings, 1 programs cut from them: 1 differences\n  only in OLD: corpus/go-traces/u64-old.trace.gz")

    def test_FilesThatNewAddsAreNamed(self):
        self.write("NEW/corpus/seeds/new.txt", "new")
        self.write("NEW/corpus/go-traces/u64-new.trace.gz", "")
        code, output, _ = self.run_main()
        self.assertEqual(code, project.OK, output)
        self.assertIn("2 programs: equal\n  only in NEW: corpus/seeds/new.txt", output)
        self.assertIn("cut from them: equal\n  only in NEW: corpus/go-traces/u64-new.trace.gz", output)

    def test_OtherGeneratedProgramsOrNoneAreADifference(self):
        self.script("NEW/make_programs", MAKE_PROGRAMS.replace("seed", "root"))
        self.differs("map-0.txt: differs", "and 10 more")
        self.differs("generator   0 programs", "no files: nothing was compared", "no programs: nothing was compared", options=("--count", "0"))

    def test_AnEmptyCorpusAndNoRecordingsAreADifference(self):
        for name in ("seeds/a.txt", "regressions/b.txt", "go-traces/u64-mixed.trace.gz"):
            (self.folder / "NEW/corpus" / name).unlink()
        self.differs("no programs: nothing was compared", "no recordings: nothing was compared", "only in OLD: corpus/seeds/a.txt")

    def test_ARecordingThatIsReplayedOtherwiseIsADifference(self):
        self.script("NEW/gcmap", GCMAP.replace("ok", "differs at line 4"))
        self.differs("recordings  1 recordings, 1 programs cut from them: 1 differences")
        self.script("NEW/gcmap", GCMAP.replace("cut", "other"))
        self.differs("go-u64-mixed.trace.gz.txt: differs")

    def test_OtherWalksNoneAndFailedOnesAreADifference(self):
        self.script("NEW/schedules", SCHEDULES.replace("1300", "1299"))
        self.differs("WeakRead_InQuarantine: schedules and places (1300, 40) in OLD, (1299, 40) in NEW", options=("--schedules",))
        self.script("NEW/schedules", SCHEDULES + "sys.exit(1)")
        self.differs("NEW: a walk failed (1)", options=("--schedules",))
        for name in ("OLD", "NEW"):
            self.script(f"{name}/schedules", "")
        self.differs("no walk: nothing was compared", options=("--schedules",))

    def test_WhatIsNoCheckoutIsSaidInOneLine(self):
        code, output, errors = self.run_main(make=compare_checkouts.build)
        self.assertEqual((code, output), (project.USAGE, ""))
        self.assertEqual(errors, f"compare_checkouts: {self.folder / 'OLD'} is no checkout of this project\n")

    def test_ACheckoutThatBuildsNoGcmapIsSaidInOneLine(self):
        for name in ("OLD", "NEW"):
            self.write(f"{name}/CMakePresets.json", "{}")
            (self.folder / name / "harness").mkdir()
        with mock.patch.object(compare_checkouts.subprocess, "run", return_value=mock.Mock(returncode=0)):
            code, output, errors = self.run_main(make=compare_checkouts.build)
        self.assertEqual((code, output), (project.USAGE, ""))
        root = self.folder.resolve() / "OLD"
        self.assertEqual(errors.splitlines()[-1], f"compare_checkouts: {root} builds no program gcmap below {root / 'build/compare/harness'}")

    def test_OneCheckoutComparedWithItselfShowsNothing(self):
        errors = io.StringIO()
        with contextlib.redirect_stderr(errors):
            code = compare_checkouts.main([str(self.folder / "OLD")] * 2, self.made)
        self.assertEqual((code, errors.getvalue().count("\n")), (project.USAGE, 1))

    def test_ADriverThatCannotLeaveOutMetadataIsSaidInOneLine(self):
        self.script("OLD/digests", "sys.exit(2)")
        code, output, errors = self.run_main("--without-metadata")
        self.assertEqual((code, output), (project.USAGE, ""))
        self.assertIn("its digest driver has no --without-metadata", errors)


if __name__ == "__main__":
    unittest.main()
