"""Tests of terminal.py."""

import io
import unittest

from dev import terminal


class Screen(io.StringIO):
    def __init__(self, tty):
        super().__init__()
        self._tty = tty

    def isatty(self):
        return self._tty


class Terminal(unittest.TestCase):
    def setUp(self):
        self.time = 0.0

    def status(self, tty):
        screen = Screen(tty)
        return screen, terminal.Status(screen, lambda: self.time)

    def test_PlainLinesAppearEveryTenSeconds(self):
        screen, status = self.status(tty=False)
        for self.time in range(0, 25):
            status.update(f"at {self.time}")
        status.finish("done")
        self.assertEqual(screen.getvalue(), "at 10\nat 20\ndone\n")

    def test_ATerminalHasOneLineThatIsClearedAtTheEnd(self):
        screen, status = self.status(tty=True)
        status.update("a")
        status.update("too soon")
        self.time = 1
        status.update("b")
        status.finish("done")
        self.assertEqual(screen.getvalue(), "\r\033[Ka\r\033[Kb\r\033[Kdone\n")

    def test_ColoursOnlyOnATerminal(self):
        self.assertEqual(terminal.coloured("x", "red", Screen(False)), "x")
        self.assertEqual(terminal.coloured("x", "red", Screen(True)), "\033[31mx\033[0m")

    def test_TablesAreAligned(self):
        self.assertEqual(terminal.table(["a", "count"], [["long", 7], ["b", 12345]], right=[1]),
                         ["a     count", "long      7", "b     12345"])

    def test_ATableTooWideForTheTerminalIsBrokenWhereThereIsText(self):
        rows = [["x", "some long words that go on and on for a while", 7], ["yy", "short", 12]]
        self.assertEqual(terminal.table(["a", "title", "n"], rows, right=[2], columns=40), [
            "a   title                              n", "x   some long words that go on and     7", "    on for a while",
            "yy  short                             12"])
        whole = terminal.table(["a", "title", "n"], rows, right=[2])
        self.assertEqual(whole, terminal.table(["a", "title", "n"], rows, right=[2], columns=53))
        self.assertEqual(max(map(len, whole)), 53)

    def test_SeveralColumnsAreBrokenButNotToNothing(self):
        unequal = ["several words one after the other", "several words one after the other, and some more"]
        self.assertEqual(terminal.table(["a", "b"], [unequal], columns=70)[1], f"{unequal[0]}  several words one after the other,")
        row = ["several words one after the other"] * 2
        self.assertEqual(terminal.table(["a", "b"], [row], columns=10), ["a" + " " * 21 + "b"] + [f"{part:20}  {part}" for part in (
            "several words one", "after the other")])

    def test_WhatATerminalWouldObeyIsWrittenOut(self):
        self.assertEqual(terminal.printable("a\033[31m \u202e\x07\x9b\udcff \u00e9\tb\n"), "a\\x1b[31m \\u202e\\x07\\x9b\\udcff \u00e9\tb\n")
        screen, status = self.status(tty=True)
        status.update("\033]0;x")
        self.assertEqual(screen.getvalue(), "\r\033[K\\x1b]0;x")


if __name__ == "__main__":
    unittest.main()
