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


if __name__ == "__main__":
    unittest.main()
