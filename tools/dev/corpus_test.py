"""Tests of corpus.py."""

import pathlib
import tempfile
import unittest

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
        self.assertEqual(caught.exception.code, project.FOUND)


if __name__ == "__main__":
    unittest.main()
