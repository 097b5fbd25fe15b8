"""Tests of digests.py."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import digests  # noqa: E402


class Digests(unittest.TestCase):
    def test_EqualOutputsPass(self):
        self.assertEqual(digests.compare({"a": "1 x\n2 y\n", "b": "1 x\n2 y\n"}), [])

    def test_OneDifferentDigestSpeaks(self):
        self.assertEqual(digests.compare({"a": "1 x\n2 y\n", "b": "1 x\n3 y\n"}), ["a: 2 y\nb: 3 y"])

    def test_MissingLinesAndSilenceSpeak(self):
        self.assertEqual(digests.compare({"a": "1 x\n", "b": ""}), ["b printed 0 lines, a 1"])
        self.assertEqual(digests.compare({"a": "", "b": ""}), ["a printed nothing"])


if __name__ == "__main__":
    unittest.main()
