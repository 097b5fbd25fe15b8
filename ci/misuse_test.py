"""Misuse of the command line: one clear line, with file and line number where there is one, and exit code 2.

    python3 ci/misuse_test.py GCMAP_BINARY
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[1]
GCMAP = None  # the binary, from the command line


def run(*command):
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tools")}
    return subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          env=environment, check=False, timeout=60)


class Misuse(unittest.TestCase):
    def complains(self, command, *words):
        result = run(*command)
        self.assertEqual(result.returncode, 2, f"{command}\n{result.stdout}{result.stderr}")
        self.assertEqual(len(result.stderr.splitlines()), 1, f"{command}\n{result.stderr}")
        for word in words:
            self.assertIn(word, result.stderr, command)


class DevCommand(Misuse):
    def dev(self, line, *words):
        self.complains([sys.executable, "-B", "-m", "dev", *line.split()], *words)

    def test_UnknownCommandsAndFlags(self):
        self.dev("frobnicate", "no command 'frobnicate'")
        self.dev("fuzz --colour red", "unknown flag --colour", "./dev fuzz --help")
        self.dev("fuzz --sec 3", "--sec")
        self.dev("hunt --trails 3", "--trails")
        self.dev("test --fast", "--fast")
        self.dev("test nothing", "no stage 'nothing'", "digests")
        self.dev("fmt --czech", "--czech")
        self.dev("tidy --all", "--all")
        self.dev("cost --fast", "--fast")
        self.dev("bench map --fast", "--fast")

    def test_BadValues(self):
        self.dev("fuzz --seconds soon", "--seconds", "soon")
        self.dev("fuzz --seconds 0", "--seconds")
        self.dev("fuzz --seconds nan", "--seconds")
        self.dev("fuzz --jobs 0", "--jobs")
        self.dev("fuzz --jobs 1.5", "--jobs")
        self.dev("fuzz --jobs 100000", "--jobs", "100000", "at most")
        self.dev("fuzz --seed 4294967296", "--seed", "4294967296", "1 to 4294967295")
        self.dev("hunt --jobs 100000", "--jobs", "100000", "at most")
        self.dev("hunt --seed 4294967296", "--seed", "4294967296", "1 to 4294967295")
        self.dev("fuzz --build slow", "--build", "slow", "sanitized")
        self.dev("fuzz --runs 0", "--runs")
        self.dev("fuzz --runs 5 --until-crash", "--until-crash", "--runs")
        self.dev("fuzz nonsense_fuzz", "nonsense_fuzz", "map_ops_fuzz", "heap_ops_fuzz")
        self.dev("fuzz --fault no-such", "no fault 'no-such'", "canary")
        self.dev("hunt no-such", "no fault 'no-such'")
        self.dev("hunt --trials -1", "--trials")
        self.dev("cost --runs 0", "--runs")
        self.dev("bench nonsense", "nonsense", "map")
        self.dev("bench map --runs 0", "--runs")
        self.dev("bench map --entries many", "--entries", "many")
        self.dev("bench map --entries 10,000", "--entries", "10,000", "1000")
        self.dev("bench map --march native", "--march", "native", "x86-64-v3")
        self.dev("bench map --json /no-such-folder/x", "/no-such-folder/x")
        self.dev("bench map --live 64", "--live", "./dev bench gc")
        self.dev("bench gc --clone", "--clone", "./dev bench map")
        self.dev("bench gc --work tree", "--work", "tree", "trees, window")
        self.dev("bench gc --live 300", "--live", "300", "power of two")
        self.dev("replay --fault", "--fault needs an id")
        self.dev("replay --fast --fault", "--fault needs an id")
        self.dev("replay --fault no-such x", "no fault 'no-such'")
        self.dev("fmt no-such.cc", "no file")

    def test_HelpAndTheListOfCommandsExplainThemselves(self):
        listing = run(sys.executable, "-B", "-m", "dev")
        self.assertEqual(listing.returncode, 0)
        for command in "fuzz test replay reduce convert go-trace hunt cost bench tidy fmt".split():
            self.assertIn(f"\n  {command} ", listing.stdout)
            described = run(sys.executable, "-B", "-m", "dev", command, "--help")
            self.assertEqual(described.returncode, 0, command)
            self.assertIn("example", described.stdout, command)


class GcmapBinary(Misuse):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.home = pathlib.Path(directory.name)

    def write(self, name, content):
        path = self.home / name
        path.write_bytes(content)
        return path

    def test_UnknownCommandsAndFlags(self):
        self.complains([GCMAP, "frobnicate"], "frobnicate")
        self.complains([GCMAP, "replay"])
        program = self.write("good.txt", b"config version=1\nput m0 1 2\n")
        self.complains([GCMAP, "replay", "--colour", program], "--colour")

    def test_MissingFiles(self):
        for command in ("replay", "reduce", "go-trace"):
            self.complains([GCMAP, command, self.home / "missing.txt"], "missing.txt")

    def test_MalformedProgramsNameFileAndLine(self):
        for line in ("put m9 1 2", "putt m0 1 2", "put m0 1", "put m0 1 2 3", "put m0 1 99999999999999999999", "put 1 1 2",
                     "config version=1", "set_hash 1 0xzz"):
            text = f"config version=1\n{line}\n".encode()
            for command in ("replay", "reduce"):
                self.complains([GCMAP, command, self.write("bad.txt", text)], "bad.txt:2:")
        self.complains([GCMAP, "replay", self.write("bad.txt", b"config hash=lowest\n")], "bad.txt:1:")

    def test_MalformedRecordingsNameTheFile(self):
        self.complains([GCMAP, "go-trace", self.write("bad.trace", b"this is no recording\n")], "bad.trace:1:")
        self.complains([GCMAP, "go-trace", self.write("bad.trace.gz", b"\x1f\x8b\x08\x00broken")], "bad.trace.gz")


if __name__ == "__main__":
    GCMAP = sys.argv.pop(1)
    unittest.main()
