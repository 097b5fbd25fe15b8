"""Tests of faults.py against a toy tree."""

import pathlib
import tempfile
import unittest
from unittest import mock

from dev import builds, faults, project, relink

HEAD = """id: toy
title: one too many
source: none
mechanism: off by one,
  in the loop
invariant: M1
oracle: MD
survivor: no
"""
BLOCK = """--- lib/map/a.cc
<<<<
  return 1;
====
  return 2;
>>>>
"""


class Toy(unittest.TestCase):
    def setUp(self):
        self._directory = tempfile.TemporaryDirectory()
        self.addCleanup(self._directory.cleanup)
        self.root = pathlib.Path(self._directory.name)
        (self.root / "lib/map").mkdir(parents=True)
        (self.root / "faults").mkdir()
        (self.root / "lib/map/a.cc").write_text("int f() {\n  return 1;\n}\n")
        (self.root / "lib/map/b.cc").write_text("int g();\n")

    def write(self, text, name="toy-off-by-one.fault"):
        path = self.root / "faults" / name
        path.write_text(text)
        return path

    def parse(self, text, name="toy-off-by-one.fault"):
        return faults.parse(self.write(text, name))

    def rejects(self, text, line, message, name="toy-off-by-one.fault"):
        with self.assertRaises(faults.FaultError) as caught:
            faults.apply(self.parse(text, name), self.root)
        self.assertEqual(caught.exception.code, project.USAGE)
        self.assertRegex(str(caught.exception), rf"{name}:{line}: .*{message}")


class FaultFiles(Toy):
    def test_ReadsHeadAndBlocks(self):
        fault = self.parse(HEAD + BLOCK)
        self.assertEqual(fault.id, "toy")
        self.assertEqual(fault.head["mechanism"], "off by one, in the loop")
        self.assertFalse(fault.survivor)
        self.assertEqual([(b.file, b.old, b.new) for b in fault.blocks],
                         [("lib/map/a.cc", "  return 1;\n", "  return 2;\n")])

    def test_AnArgumentMakesASurvivor(self):
        self.assertTrue(self.parse(HEAD.replace("survivor: no", "survivor: nobody reads it") + BLOCK).survivor)

    def test_AppliesBlocksToTheTextOfTheirFiles(self):
        changed = faults.apply(self.parse(HEAD + BLOCK), self.root)
        self.assertEqual(changed, {"lib/map/a.cc": "int f() {\n  return 2;\n}\n"})

    def test_ComparesWholeLines(self):
        (self.root / "lib/map/a.cc").write_text("  return 1;\nx  return 1;\n")
        self.assertEqual(faults.apply(self.parse(HEAD + BLOCK), self.root), {"lib/map/a.cc": "  return 2;\nx  return 1;\n"})

    def test_RejectsOldTextThatIsMissingOrAmbiguous(self):
        self.rejects(HEAD + BLOCK.replace("return 1", "return 7"), 10, "occurs 0 times in lib/map/a.cc")
        (self.root / "lib/map/a.cc").write_text("  return 1;\n  return 1;\n")
        self.rejects(HEAD + BLOCK, 10, "occurs 2 times")

    def test_RejectsMalformedFiles(self):
        self.rejects(HEAD + BLOCK.replace("a.cc", "none.cc"), 10, "does not exist")
        self.rejects(HEAD + BLOCK.replace("lib/map", "fuzz"), 9, "not a file of lib/ or harness/")
        self.rejects(HEAD + BLOCK.replace("lib/map", "harness/.."), 9, "not a file of lib/ or harness/")
        self.rejects(HEAD + BLOCK.replace("====\n", ""), 13, "expected '===='")
        self.rejects(HEAD + BLOCK.replace(">>>>\n", ""), 10, "has no '>>>>'")
        self.rejects(HEAD + BLOCK.replace("return 2", "return 1"), 10, "the same")
        self.rejects(HEAD + BLOCK.replace("  return 1;\n", ""), 10, "old text is empty")
        self.rejects(HEAD, 8, "no blocks")
        self.rejects(HEAD + "junk\n" + BLOCK, 9, "expected 'key: value'")
        self.rejects(HEAD + BLOCK + "junk\n", 15, "found 'junk'")
        self.rejects(HEAD + "colour: red\n" + BLOCK, 9, "unknown key 'colour'")
        self.rejects(HEAD + "oracle: MD\n" + BLOCK, 9, "given twice")
        self.rejects(HEAD.replace("oracle: MD\n", "") + BLOCK, 8, "no 'oracle:")
        self.rejects(HEAD + BLOCK, 1, "file's name", name="other.fault")

    def test_OptionalKeysAndTheirDefaults(self):
        plain = self.parse(HEAD + BLOCK)
        self.assertEqual((plain.targets, plain.build, plain.test), (project.TARGETS, "fast", None))
        chosen = self.parse(HEAD + "target: heap_ops_fuzz\nbuild: sanitized\n" + BLOCK)
        self.assertEqual((chosen.targets, chosen.build), (("heap_ops_fuzz",), "sanitized"))
        tested = self.parse(HEAD + "test: gcmap_map_test Verifier.SeesM1\n" + BLOCK)
        self.assertEqual(tested.test, ("gcmap_map_test", "Verifier", "SeesM1"))

    def test_RejectsOptionalKeysThatMeanNothing(self):
        test = "test: gcmap_map_test Verifier.SeesM1\n"
        self.rejects(HEAD + "target: all\n" + BLOCK, 9, "target 'all' is none of: map_ops_fuzz, heap_ops_fuzz")
        self.rejects(HEAD + "build: quick\n" + BLOCK, 9, "build 'quick' is none of: fast, sanitized")
        self.rejects(HEAD + "test: Verifier.SeesM1\n" + BLOCK, 9, "is not '<program> <Suite>.<Name>'")
        self.rejects(HEAD + "test: gcmap_fuzz_test Verifier.SeesM1\n" + BLOCK, 9, "with a program of: gcmap_base_test")
        self.rejects(HEAD + "test: gcmap_map_test Verifier.*\n" + BLOCK, 9, "is not '<program> <Suite>.<Name>'")
        self.rejects(HEAD + test + "build: fast\n" + BLOCK, 10, "'build' does not go with 'test'")
        self.rejects(HEAD.replace("survivor: no", "survivor: nobody") + test + BLOCK, 9, "is no survivor")

    def test_ANamedTestMustBeThere(self):
        fault = self.parse(HEAD + "test: gcmap_map_test Verifier.SeesM1\n" + BLOCK)
        for text in ("", "// TEST(Verifier, SeesM1)\n", "TEST(Verifier, SeesM12) {}\n", "TEST(Other, SeesM1) {}\n"):
            (self.root / "lib/map/verifier_test.cc").write_text(text)
            self.assertRegex(faults.missing_test(fault, self.root), r"toy-off-by-one.fault:1: no test Verifier.SeesM1 in lib/map/\*\*/\*_test.cc")
        for text in ("TEST(Verifier, SeesM1) {}\n", "TEST_F(Verifier,\n       SeesM1) {\n"):
            (self.root / "lib/map/verifier_test.cc").write_text(text)
            self.assertIsNone(faults.missing_test(fault, self.root))

    def test_AppliesToTheHarnessToo(self):
        (self.root / "harness").mkdir()
        (self.root / "harness/oracle.cc").write_text("  return 1;\n")
        changed = faults.apply(self.parse(HEAD + BLOCK.replace("lib/map/a.cc", "harness/oracle.cc")), self.root)
        self.assertEqual(changed, {"harness/oracle.cc": "  return 2;\n"})

    def test_RejectsTwoFaultsOfOneIdAndUnknownIds(self):
        self.write(HEAD + BLOCK)
        self.write(HEAD + BLOCK, "toy-again.fault")
        with self.assertRaisesRegex(faults.FaultError, "id 'toy' is also that of"):
            faults.load(self.root / "faults")
        (self.root / "faults/toy-again.fault").unlink()
        with self.assertRaisesRegex(project.Stop, "no fault 'x' in .*there are: toy"):
            faults.select(["x"], self.root / "faults")


class PlantedBuilds(Toy):
    """faults.build with a clean build that is there, and a ninja file in the place of relink's."""

    def setUp(self):
        super().setUp()
        self.fault, self.built, self.arrived = self.parse(HEAD + BLOCK), [], True
        for patched in (mock.patch.object(project, "ROOT", self.root), mock.patch.object(project, "BUILD", self.root / "build"),
                        mock.patch.object(builds, "make", lambda *words: self.built.append(words[1])),
                        mock.patch.object(relink, "write", self.relink), mock.patch.object(relink, "check", lambda _: self.arrived)):
            patched.start()
            self.addCleanup(patched.stop)
        for source in faults.SOURCES:
            if source.endswith((".txt", ".json")):
                (self.root / source).touch()

    def relink(self, directory, programs, changed, place):
        self.asked = (directory, programs, changed)
        (place / relink.OBJECTS).mkdir()
        (place / "build.ninja").write_text("rule run\n command = touch $out\nbuild gcmap: run\n")

    def test_BuildsOnTheCleanBuildUntilASourceChanges(self):
        place = faults.build(self.fault, "fast")
        self.assertEqual(place, self.root / "build/faults/toy/fast")
        self.assertTrue((place / "gcmap").exists())
        self.assertFalse((place / relink.OBJECTS).exists())
        self.assertEqual(self.asked, (self.root / "build" / project.PRESETS["fast"], list(faults.PROGRAMS.values()),
                                      {str(self.root / "lib/map/a.cc"): "int f() {\n  return 2;\n}\n"}))
        faults.build(self.fault, "fast")
        self.assertEqual(self.built, [project.PRESETS["fast"]])
        (self.root / "lib/map/b.cc").write_text("int h();\n")
        faults.build(self.fault, "fast")
        self.assertEqual(len(self.built), 2)

    def test_AFaultThatDoesNotArriveInAnyObjectIsRefused(self):
        self.arrived = False
        with self.assertRaisesRegex(project.Stop, "toy-off-by-one.fault: planted, it changes nothing in "):
            faults.build(self.fault, "fast")
        self.arrived = True
        faults.build(self.fault, "fast")
        self.assertEqual(len(self.built), 2)

    def test_ATestIsBuiltOnACleanBuildOfTests(self):
        with mock.patch.object(builds, "build", lambda preset, targets, directory, *_: directory):
            self.assertEqual(faults.build_test(None, "gcmap_map_test"), self.root / "build/faults/clean-tests/lib/map/gcmap_map_test")
        self.assertEqual(faults.build_test(self.fault, "gcmap_map_test"), self.root / "build/faults/toy/tests-gcmap_map_test/gcmap_map_test")
        self.assertEqual(self.asked[1], ["lib/map/gcmap_map_test"])


if __name__ == "__main__":
    unittest.main()
