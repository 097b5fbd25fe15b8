"""Tests of faults.py against a toy tree."""

import pathlib
import tempfile
import unittest

from dev import faults, project

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


class FaultFiles(unittest.TestCase):
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

    def test_ReadsHeadAndBlocks(self):
        fault = self.parse(HEAD + BLOCK)
        self.assertEqual(fault.id, "toy")
        self.assertEqual(fault.head["mechanism"], "off by one, in the loop")
        self.assertFalse(fault.survivor)
        self.assertEqual([(b.file, b.old, b.new) for b in fault.blocks],
                         [("lib/map/a.cc", "  return 1;\n", "  return 2;\n")])

    def test_AnArgumentMakesASurvivor(self):
        self.assertTrue(self.parse(HEAD.replace("survivor: no", "survivor: nobody reads it") + BLOCK).survivor)

    def test_PlantsAndUnplantsWritingOnlyWhatDiffers(self):
        fault, copy = self.parse(HEAD + BLOCK), self.root / "build"
        self.assertEqual(faults.plant(fault, self.root, copy), ["lib/map/a.cc", "lib/map/b.cc"])
        self.assertEqual((copy / "lib/map/a.cc").read_text(), "int f() {\n  return 2;\n}\n")
        self.assertEqual(faults.plant(fault, self.root, copy), [])
        self.assertEqual(faults.plant(None, self.root, copy), ["lib/map/a.cc"])
        self.assertEqual((copy / "lib/map/a.cc").read_text(), (self.root / "lib/map/a.cc").read_text())

    def test_PlantRemovesWhatTheLibraryNoLongerHas(self):
        copy = self.root / "build"
        faults.plant(None, self.root, copy)
        (self.root / "lib/map/b.cc").unlink()
        self.assertEqual(faults.plant(None, self.root, copy), ["lib/map/b.cc"])
        self.assertFalse((copy / "lib/map/b.cc").exists())

    def test_ComparesWholeLines(self):
        (self.root / "lib/map/a.cc").write_text("  return 1;\nx  return 1;\n")
        self.assertEqual(faults.apply(self.parse(HEAD + BLOCK), self.root), {"lib/map/a.cc": "  return 2;\nx  return 1;\n"})

    def test_RejectsOldTextThatIsMissingOrAmbiguous(self):
        self.rejects(HEAD + BLOCK.replace("return 1", "return 7"), 10, "occurs 0 times in lib/map/a.cc")
        (self.root / "lib/map/a.cc").write_text("  return 1;\n  return 1;\n")
        self.rejects(HEAD + BLOCK, 10, "occurs 2 times")

    def test_RejectsMalformedFiles(self):
        self.rejects(HEAD + BLOCK.replace("a.cc", "none.cc"), 10, "does not exist")
        self.rejects(HEAD + BLOCK.replace("lib/map", "harness"), 9, "not a file of lib/")
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

    def test_RejectsTwoFaultsOfOneIdAndUnknownIds(self):
        self.write(HEAD + BLOCK)
        self.write(HEAD + BLOCK, "toy-again.fault")
        with self.assertRaisesRegex(faults.FaultError, "id 'toy' is also that of"):
            faults.load(self.root / "faults")
        (self.root / "faults/toy-again.fault").unlink()
        with self.assertRaisesRegex(project.Stop, "no fault 'x' in .*there are: toy"):
            faults.select(["x"], self.root / "faults")


if __name__ == "__main__":
    unittest.main()
