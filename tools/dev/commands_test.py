"""Tests of __main__.py: the flags of the gcmap commands, and that every example in a help can be run."""

import pathlib
import shlex
import tempfile
import unittest
from unittest import mock

from dev import __main__ as commands
from dev import faults, gcmap, project


class Flags(unittest.TestCase):
    def test_TheyStandAnywhere(self):
        for words in (["--fault", "x", "--fast", "a", "--dump"], ["a", "--fault", "x", "--dump", "--fast"], ["a", "--fast", "--dump", "--fault=x"]):
            self.assertEqual(commands.build_flags(words), ("x", "fast", ["a", "--dump"]), words)
        self.assertEqual(commands.build_flags(["a"]), (None, "sanitized", ["a"]))
        self.assertEqual(commands.build_flags(["--fast", "--", "--fast"]), (None, "fast", ["--", "--fast"]))

    def test_AFaultNeedsItsId(self):
        for words in (["--fault"], ["a", "--fault"], ["--fault="], ["--fault", "--fast", "a"]):
            with self.assertRaisesRegex(project.Stop, "--fault needs an id; there are: canary"):
                commands.build_flags(words)

    def test_TheProgramIsToldHowItWasCalled(self):
        with mock.patch.object(gcmap, "built", lambda *words: pathlib.Path("gcmap")), mock.patch.object(commands.os, "execve") as execve:
            commands.run_tool("replay", ["a.txt", "--fault", "x", "--fast"])
        binary, words, environment = execve.call_args.args
        self.assertEqual(words, ["gcmap", "replay", "a.txt"])
        self.assertEqual(environment["GCMAP_COMMAND"], "./dev {command} --fault x --fast")
        self.assertEqual(gcmap.environment()["GCMAP_COMMAND"], "./dev {command}")
        self.assertEqual(gcmap.Gcmap("g", "x", "fast").environment["GCMAP_COMMAND"], "./dev {command} --fault x --fast")


class Conversions(unittest.TestCase):
    def test_OneThatFailsIsOneLineAboutItsFile(self):
        with tempfile.TemporaryDirectory() as home:
            program = pathlib.Path(home) / "gcmap"
            for script, said in (("echo first >&2; echo 'no memory' >&2; exit 1", "no memory"), ("kill -9 $$", "gcmap ended with -9")):
                program.write_text(f"#!/bin/sh\n{script}\n")
                program.chmod(0o755)
                with self.assertRaises(project.Stop) as stopped:
                    gcmap.Gcmap(program).to_binary([pathlib.Path("/a/b.txt")], pathlib.Path(home) / "seeds")
                self.assertEqual((str(stopped.exception), stopped.exception.code), (f"/a/b.txt was not converted: {said}", project.USAGE))


class Examples(unittest.TestCase):
    def all(self):
        """(command, the words behind it) of each example."""
        examples = [example for *_, example in commands.TOOL_COMMANDS.values()]
        for example in examples + [example for *_, several in commands.COMMANDS.values() for example in several]:
            program, command, *words = shlex.split(example)
            self.assertEqual(program, "./dev", example)
            yield command, words

    def test_TheirFilesAndIdsExist(self):
        ids = faults.load()
        for command, words in self.all():
            for before, word in zip([None, *words], words):
                if "/" in word:
                    self.assertTrue(list(project.ROOT.glob(word)), f"{command} {words}: no file {word}")
                elif before == "--fault" or (command == "hunt" and before is None and not word.startswith("-")):
                    self.assertIn(word, ids, f"{command} {words}")

    def test_TheirFlagsAreKnown(self):
        for command, words in self.all():
            if command in commands.COMMANDS:
                commands.parser_of(command).parse_args(words)


if __name__ == "__main__":
    unittest.main()
