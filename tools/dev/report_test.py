"""Tests of report.py: how the page is put together, and how the command ends. What the page does in
a browser: ci/report_test.py."""

import argparse
import base64
import contextlib
import gzip
import io
import os
import pathlib
import re
import tempfile
import unittest
from unittest import mock

from dev import gcmap, project, report

STATES = (b'{"format":"gcmap states","operations":["put m0 1 0"]}\n{"state":0}\n'
          b'{"verdict":"bug","operation":0,"signature":"C2@advance","oracle":"C2","detail":"key 1 produced","mentions":[]}\n')


class Modules(unittest.TestCase):
    def script(self, **files):
        with tempfile.TemporaryDirectory() as home:
            for name, text in files.items():
                (pathlib.Path(home) / f"{name}.js").write_text(text)
            return report.script(pathlib.Path(home))

    def test_EachComesOnceBehindWhatItNeeds(self):
        script = self.script(main='import { a } from "./a.js";\nimport {\n  b,\n} from "./b.js";\nmain(a, b);\n',
                             a='import { b } from "./b.js";\nexport function a() {}\n', b="export const b = 1;\n")
        self.assertEqual(script, "const b = 1;\n\nfunction a() {}\n\nmain(a, b);\n")

    def test_ACircleIsAnError(self):
        with self.assertRaisesRegex(project.Stop, "import each other"):
            self.script(main='import { a } from "./a.js";\n', a='import { main } from "./main.js";\n')

    def test_OfThePageAreAllIn(self):
        script = report.script()
        self.assertNotRegex(script, r"(?m)^(import|export) ")
        for module in report.PAGE.glob("*.js"):
            lines = re.sub(r"(?m)^(import [^;]*;|export )", "", module.read_text()).strip().splitlines()
            self.assertIn(lines[-2], script, module.name)

    def test_NameEachThingOnce(self):
        names = re.findall(r"(?m)^(?:async )?(?:function|class|const|let) (\w+)", report.script())
        self.assertEqual(sorted(names), sorted(set(names)))


class Page(unittest.TestCase):
    def setUp(self):
        self.page = report.page(STATES, {"invariant": "a </script> b"})

    def test_CarriesTheStates(self):
        carried = re.search(r'id="recording">([^<]*)</script>', self.page)[1]
        self.assertEqual(gzip.decompress(base64.b64decode(carried)), STATES)

    def test_IsTheSameForTheSameStates(self):
        self.assertEqual(report.page(STATES, {"invariant": "a </script> b"}), self.page)

    def test_AsksForNothingElse(self):
        self.assertNotRegex(self.page, r'(?:src|href)="(?!data:,")')
        self.assertNotRegex(self.page.replace("http://www.w3.org/2000/svg", ""), r"https?://|@import|url\((?!#)")
        self.assertIn("default-src 'none'", self.page)

    def test_WhatItKnowsEndsNoScript(self):
        self.assertEqual(self.page.count("</script>"), 2)
        self.assertIn("a \\u003c/script> b", self.page)

    def test_LeavesNoPlaceEmpty(self):
        self.assertNotRegex(self.page, r"/\*\{\w+\}\*/")


class Statement(unittest.TestCase):
    def test_OfAnInvariantIsThatOfTheDocument(self):
        self.assertEqual(report.statement_of("C2"), "an entry removed before it is reached is never produced")
        self.assertEqual([report.statement_of(oracle) for oracle in ("AS", "", None, ".2")], ["", "", "", ""])


class Command(unittest.TestCase):
    def run_command(self, script, *words):
        """What it printed, with a gcmap that is this shell script; `words` follow the file."""
        parser = argparse.ArgumentParser()
        report.add_arguments(parser)
        with tempfile.TemporaryDirectory() as home:
            program = pathlib.Path(home) / "gcmap"
            program.write_text(f"#!/bin/sh\n{script}\n")
            program.chmod(0o755)
            with mock.patch.object(gcmap, "built", lambda fault, build: program), contextlib.redirect_stdout(io.StringIO()) as printed:
                code = report.run(parser.parse_args(["a.txt", *words]))
            return code, printed.getvalue()

    def test_WritesThePageAndSaysTheVerdict(self):
        with tempfile.TemporaryDirectory() as home:
            page = pathlib.Path(home) / "out.html"
            code, printed = self.run_command(f"cat <<'END'\n{STATES.decode()}END", "-o", str(page))
            self.assertEqual((code, printed), (project.OK, f"C2@advance: key 1 produced\nreport: {project.relative(page)}\n"))
            self.assertIn("an entry removed before it is reached", page.read_text())

    def test_HandsOverItsFlags(self):
        with tempfile.TemporaryDirectory() as home:
            said = pathlib.Path(home) / "said"
            self.run_command(f"echo \"$@\" > {said}\ncat <<'END'\n{STATES.decode()}END", "-o", os.path.join(home, "x"), "--last", "7", "--any-bytes")
            self.assertEqual(said.read_text(), "states --last 7 --any-bytes -- a.txt\n")

    def test_WhatIsNoProgramIsOneLine(self):
        with self.assertRaisesRegex(project.Stop, r"^a\.txt: No such file$") as stopped:
            self.run_command("echo first >&2; echo 'gcmap states: a.txt: No such file' >&2; exit 2")
        self.assertEqual(stopped.exception.code, project.USAGE)

    def test_AProgramThatDiesIsNamed(self):
        with self.assertRaisesRegex(project.Stop, "gcmap ended with -9"):
            self.run_command("kill -9 $$")

    def test_TheOutputIsLookedAtFirst(self):
        with self.assertRaisesRegex(project.Stop, "-o /nowhere/x: there is no folder"):
            self.run_command("echo it ran >&2; exit 1", "-o", "/nowhere/x")


if __name__ == "__main__":
    unittest.main()
