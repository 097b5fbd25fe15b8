"""Tests of corpus.py."""

import pathlib
import tempfile
import unittest
from unittest import mock

from dev import corpus, project


class Corpus(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = pathlib.Path(directory.name)
        for folder in corpus.FOLDERS:
            (self.root / folder).mkdir()

    def write(self, name, text):
        (self.root / name).write_text(text)

    def test_ReadsTheFaultFromTheLeadingComment(self):
        self.write("seeds/a.txt", "# a seed\n# fault: MAP-15\nput m0 1 2\n")
        self.write("seeds/b.txt", "put m0 1 2\n# fault: MAP-15\n")
        self.assertEqual(corpus.fault_of(self.root / "seeds/a.txt"), "MAP-15")
        self.assertIsNone(corpus.fault_of(self.root / "seeds/b.txt"))

    def test_LeavesOutTheRegressionsOfAFault(self):
        self.write("seeds/a.txt", "put m0 1 2\n")
        self.write("regressions/b.txt", "# fault: x\n")
        self.write("regressions/c.txt", "# fault: y\n")
        names = [path.name for path in corpus.programs(self.root, without_fault="x")]
        self.assertEqual(names, ["a.txt", "c.txt"])
        self.assertEqual(len(corpus.programs(self.root)), 3)

    def test_AnEmptyCorpusIsAFailure(self):
        with self.assertRaisesRegex(project.Stop, "corpus is empty") as caught:
            corpus.programs(self.root)
        self.assertEqual(caught.exception.code, project.USAGE)


class LoadingOrder(unittest.TestCase):
    def order(self, count, fresh=(), seed=1):
        grown = [pathlib.Path(f"c/{number}") for number in range(count)]
        return [path.name for path in corpus.loading_order([pathlib.Path("s/a")], grown, fresh, seed)]

    def test_TheProjectsProgramsComeFirst(self):
        self.assertEqual(self.order(50)[0], "a")
        self.assertEqual(len(self.order(50)), 51)

    def test_ChanceDecidesAmongTheOthersAndTheSeedChance(self):
        self.assertEqual(self.order(50), self.order(50))
        self.assertNotEqual(self.order(50), self.order(50, seed=2))
        self.assertNotEqual(self.order(50)[1:], [str(number) for number in range(50)])

    def test_EverySecondOneIsOfThisRun(self):
        fresh = {str(number) for number in range(10)}
        order = self.order(50, fresh)
        self.assertEqual({name for name in order[1:21:2]}, fresh)
        self.assertEqual(len(set(order)), 51)

    def test_AnEngineIsNotGivenMoreThanItCanOpen(self):
        with mock.patch.object(corpus, "LOADED_MAX", 20):
            self.assertEqual(len(self.order(50)), 20)


if __name__ == "__main__":
    unittest.main()
