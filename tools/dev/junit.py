"""JUnit reports, as continuous integration reads them: a suite a target or stage, a case a test.

    suite = junit.Suite("properties")
    suite.case("Metamorphic.LookUps", 0.4, failure=None)
    output.check(path, "--junit")   before the work
    junit.write(path, [suite])      after it
"""

import dataclasses
import re
from xml.sax import saxutils

from . import output

# XML 1.0 has no way to write these, not even as a reference.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclasses.dataclass
class Case:
    name: str
    seconds: float
    failure: str | None  # what went wrong and how to repeat it; its first line is the summary
    output: str | None


class Suite:
    def __init__(self, name):
        self.name, self.cases = name, []

    def case(self, name, seconds, failure=None, output=None):
        """`failure` is text, perhaps empty, or None of a case that passed."""
        self.cases.append(Case(name, seconds, failure, output))

    @property
    def failures(self):
        return sum(case.failure is not None for case in self.cases)

    @property
    def seconds(self):
        return sum(case.seconds for case in self.cases)


def write(path, suites):
    """Replaces the file; project.Stop if it cannot be written."""
    output.write(path, text(suites))


def text(suites):
    lines = ['<?xml version="1.0" encoding="UTF-8"?>',
             f'<testsuites tests="{sum(len(suite.cases) for suite in suites)}" failures="{sum(suite.failures for suite in suites)}" '
             f'errors="0" time="{sum(suite.seconds for suite in suites):.3f}">']
    for suite in suites:
        lines.append(f'  <testsuite name={_attribute(suite.name)} tests="{len(suite.cases)}" failures="{suite.failures}" '
                     f'errors="0" skipped="0" time="{suite.seconds:.3f}">')
        for case in suite.cases:
            lines += _case(suite, case)
        lines.append("  </testsuite>")
    return "\n".join([*lines, "</testsuites>", ""])


def _case(suite, case):
    start = f'    <testcase classname={_attribute(suite.name)} name={_attribute(case.name)} time="{case.seconds:.3f}"'
    inside = []
    if case.failure is not None:
        summary = (case.failure.strip().splitlines() or ["failed"])[0]
        inside.append(f"      <failure message={_attribute(summary)}>{_content(case.failure)}</failure>")
    if case.output:
        inside.append(f"      <system-out>{_content(case.output)}</system-out>")
    return [f"{start}>", *inside, "    </testcase>"] if inside else [f"{start}/>"]


def _legal(value):
    """Shows what may not be in a document: an escape character becomes \\x1b."""
    return _FORBIDDEN.sub(lambda match: f"\\x{ord(match[0]):02x}" if ord(match[0]) < 256 else f"\\u{ord(match[0]):04x}", str(value))


def _content(value):
    return saxutils.escape(_legal(value), {"\r": "&#13;"})


def _attribute(value):
    return saxutils.quoteattr(_legal(value))
