"""What the user sees: a status line that rewrites itself on a terminal, plain lines elsewhere;
tables; colours."""

import itertools
import re
import shutil
import sys
import textwrap
import time

PLAIN_INTERVAL_SECONDS = 10
LEAST_COLUMN = 20  # of a table, however narrow the terminal
_COLOUR_CODE = re.compile(r"\033\[\d+m")
_COLOURS = {"red": "31", "green": "32", "yellow": "33", "bold": "1", "dim": "2"}


def coloured(text, colour, stream=None):
    stream = stream or sys.stdout
    return f"\033[{_COLOURS[colour]}m{text}\033[0m" if stream.isatty() else text


def seconds(value):
    """5.3 s, 2 min 07 s"""
    return f"{value:.1f} s" if value < 60 else f"{int(value) // 60} min {int(value) % 60:02d} s"


def count(value):
    """1234567 as 1,234,567"""
    return f"{value:,}"


def table(header, rows, right=(), columns=None):
    """Lines of an aligned table. `right`: indices of the columns aligned to the right. On a terminal too
    narrow for it (of `columns` characters) the widest of the others go on in further lines."""
    cells = [[str(cell) for cell in row] for row in [header, *rows]]
    columns = columns or (shutil.get_terminal_size().columns if sys.stdout.isatty() else None)
    widths = [max(_columns(row[column]) for row in cells) for column in range(len(header))]
    if columns is not None:
        widths = _narrowed(widths, right, columns)
    lines = []
    for row in cells:
        broken = [textwrap.wrap(cell, width) if _columns(cell) > width else [cell] for cell, width in zip(row, widths)]
        for parts in itertools.zip_longest(*broken, fillvalue=""):
            gaps = [" " * (width - _columns(part)) for part, width in zip(parts, widths)]
            padded = [gap + part if column in right else part + gap for column, (part, gap) in enumerate(zip(parts, gaps))]
            lines.append("  ".join(padded).rstrip())
    return lines


def _narrowed(widths, right, columns):
    """Takes what is too much from the widest column of text, down to LEAST_COLUMN, then from the next."""
    widths = list(widths)
    for column in sorted((column for column in range(len(widths)) if column not in right), key=lambda column: -widths[column]):
        too_much = sum(widths) + 2 * (len(widths) - 1) - columns
        if too_much > 0:
            widths[column] = min(widths[column], max(LEAST_COLUMN, widths[column] - too_much))
    return widths


def printable(text):
    """The text with what a terminal would obey instead of showing written out: \\x1b. Lines and tabs stay."""
    return "".join(character if character in "\n\t" or character.isprintable() else _escape(character) for character in text)


def _escape(character):
    return character.encode("unicode_escape", "backslashreplace").decode("ascii")


def _columns(text):
    """How wide it is on the screen: colours take no room."""
    return len(_COLOUR_CODE.sub("", text))


class Status:
    """Progress of one thing. On a terminal the line is redrawn at most ten times a second; elsewhere a
    plain line appears every PLAIN_INTERVAL_SECONDS. `finish` prints the closing line in both cases."""

    def __init__(self, stream=None, now=time.monotonic):
        self._stream = stream or sys.stdout
        self._now = now
        self._tty = self._stream.isatty()
        self._drawn = False
        self._next = now() + (0 if self._tty else PLAIN_INTERVAL_SECONDS)

    def update(self, text):
        if self._now() < self._next:
            return
        if self._tty:
            width = shutil.get_terminal_size().columns - 1
            self._write("\r\033[K" + printable(text)[:width])
            self._drawn = True
            self._next = self._now() + 0.1
        else:
            self._write(text + "\n")
            self._next = self._now() + PLAIN_INTERVAL_SECONDS

    def line(self, text):
        """Prints a whole line above the status."""
        self._clear()
        self._write(text + "\n")

    def finish(self, text=None):
        self._clear()
        if text is not None:
            self._write(text + "\n")

    def _clear(self):
        if self._drawn:
            self._write("\r\033[K")
            self._drawn = False

    def _write(self, text):
        self._stream.write(text)
        self._stream.flush()
