"""Adds an operation in thought - a row of op.def, and nothing else - and reads what the compiler misses.

    python3 ci/new_operation_test.py COMPILER
"""

import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[1]
TABLE = "harness/program/op.def"
COMPILER = None  # from the command line


class NewOperation(unittest.TestCase):
    def errors(self, source, traits):
        """What is wrong with the file once op.def has that row."""
        row = f'OP(254, Novel, "novel", reuse, 1, 1, FIELD(a, kRoot, root), {traits}, "what it does")\n'
        with tempfile.TemporaryDirectory() as folder:
            table = pathlib.Path(folder) / TABLE
            table.parent.mkdir(parents=True)
            table.write_text((ROOT / TABLE).read_text(encoding="utf-8") + row, encoding="utf-8")
            result = subprocess.run([COMPILER, "-std=c++20", "-fsyntax-only", f"-I{folder}", f"-I{ROOT}/lib/include", f"-I{ROOT}/lib", f"-I{ROOT}", source],
                                    cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=300)
        return result.stderr if result.returncode != 0 else ""

    def test_ItsFamilyIsAskedForAHandler(self):
        said = self.errors("harness/run/dispatch.cc", "")
        self.assertIn("harness/run/reuse/reuse.h", said)
        self.assertIn("NovelOperands", said)

    def test_BothModelsAreAskedForALine(self):
        for source in ("harness/run/model_run.cc", "properties/model.cc"):
            said = self.errors(source, "")
            self.assertIn(f"{source}: ", said)
            self.assertIn("NovelOperands", said)

    def test_ATraitIsALine(self):
        self.assertEqual(self.errors("harness/run/model_run.cc", "IS(rare)"), "")
        self.assertEqual(self.errors("properties/model.cc", "IS(neutral)"), "")

    def test_TheTableRefusesWhatContradictsItself(self):
        self.assertEqual(self.errors("harness/program/op.cc", "IS(neutral)"), "")
        self.assertIn("at most one of neutral, unforeseen and rare", self.errors("harness/program/op.cc", "IS(neutral) IS(rare)"))
        self.assertIn("COSTS is missing or names no operand", self.errors("harness/program/op.cc", "COSTS(kCells)"))


if __name__ == "__main__":
    COMPILER = sys.argv.pop(1)
    unittest.main()
