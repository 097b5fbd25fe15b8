"""Tests of known.py."""

import pathlib
import tempfile
import unittest

from dev import known


class KnownFailures(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.one = known.Known(pathlib.Path(directory.name))

    def set_aside(self, signature, size):
        program = self.one.state / "crash"
        program.write_bytes(bytes(size))
        self.one.set_aside(signature, program)
        self.assertFalse(program.exists())

    def test_TheFileIsASignatureALine(self):
        self.assertEqual(self.one.signatures(), [])
        self.one.add("M3@put u64")
        self.one.add("AS@get str_u64 gcmap::find")
        self.assertEqual(self.one.signatures(), ["M3@put u64", "AS@get str_u64 gcmap::find"])
        first, *rest = self.one.file.read_text().splitlines()
        self.assertEqual((first[0], rest), ("#", self.one.signatures()))

    def test_TheSmallestFiveOfEachAreKept(self):
        for size in (9, 2, 8, 7, 6, 5, 4):
            self.set_aside("M3@put u64", size)
        self.set_aside("MD@get u64", 90)
        self.assertEqual([path.stat().st_size for path in self.one.kept("M3@put u64")], [2, 4, 5, 6, 7])
        self.assertEqual(self.one.met, {"M3@put u64": 7, "MD@get u64": 1})

    def test_TheTableHasTheMostFrequentFirst(self):
        self.assertEqual(self.one.lines(), [])
        self.set_aside("MD@get u64", 90)
        self.one.take_counts({"M3@put u64": [1200, 7]})
        _, first, second = self.one.lines()
        self.assertEqual(first.split(), ["M3@put", "u64", "1,200", "-", "-"])
        self.assertRegex(second, r"^MD@get u64 +1 +90 +\S*known/MD-get-u64/90-\w+\.bin$")

    def test_FoldersAreCalledAsTheTargetCallsThem(self):
        self.assertEqual(known.slug("AS@put str_u64 gcmap::Map::find"), "AS-put-str-u64-gcmap-Map-find")


if __name__ == "__main__":
    unittest.main()
