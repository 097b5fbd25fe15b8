"""Tests of junit.py."""

import pathlib
import tempfile
import unittest
from xml.etree import ElementTree

from dev import junit


def suites():
    one, other = junit.Suite("properties"), junit.Suite("a <suite> & \"another\"")
    one.case("Passes", 0.25)
    one.case("Fails", 1.5, failure="a<b\"@put\nrepeat: ./dev <replay>", output="seed 7 & more")
    other.case("FailsSilently", 0, failure="")
    return [one, other]


class Junit(unittest.TestCase):
    def test_CountsAndTimes(self):
        root = ElementTree.fromstring(junit.text(suites()))
        self.assertEqual({"tests": "3", "failures": "2", "errors": "0", "time": "1.750"}, root.attrib)
        self.assertEqual([("2", "1", "1.750"), ("1", "1", "0.000")],
                         [(suite.get("tests"), suite.get("failures"), suite.get("time")) for suite in root])
        self.assertEqual(["0.250", "1.500"], [case.get("time") for case in root[0]])

    def test_ACaseThatPassesIsEmpty(self):
        self.assertEqual([], list(ElementTree.fromstring(junit.text(suites()))[0][0]))

    def test_AFailureHoldsItsTextAndIsSummedUpByTheFirstLine(self):
        failure, output = ElementTree.fromstring(junit.text(suites()))[0][1]
        self.assertEqual(("a<b\"@put", "a<b\"@put\nrepeat: ./dev <replay>"), (failure.get("message"), failure.text))
        self.assertEqual("seed 7 & more", output.text)

    def test_AFailureThatSaysNothingIsOne(self):
        self.assertEqual("failed", ElementTree.fromstring(junit.text(suites()))[1][0][0].get("message"))

    def test_NamesAreEscaped(self):
        suite = ElementTree.fromstring(junit.text(suites()))[1]
        self.assertEqual("a <suite> & \"another\"", suite.get("name"))
        self.assertEqual(suite.get("name"), suite[0].get("classname"))

    def test_WhatXmlCannotHoldIsShown(self):
        suite = junit.Suite("s")
        suite.case("a\x00\tb\nc", 0, failure="\x1b[31mred\x7f \udc80 \uffff \r]]> \U0001f600")
        case = ElementTree.fromstring(junit.text([suite]).encode())[0][0]
        self.assertEqual("a\\x00\tb\nc", case.get("name"))
        self.assertEqual("\\x1b[31mred\x7f \\udc80 \\uffff \r]]> \U0001f600", case[0].text)

    def test_WritesADocument(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "report.xml"
            junit.write(path, suites())
            self.assertEqual("testsuites", ElementTree.parse(path).getroot().tag)
            self.assertEqual([path], list(pathlib.Path(folder).iterdir()))


if __name__ == "__main__":
    unittest.main()
