"""Misuse of the command line: one clear line, with file and line number where there is one, and exit code 2.

    python3 ci/misuse_test.py GCMAP_BINARY
"""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
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
        self.dev("report", "FILE", "./dev report --help")
        self.dev("report a.txt b.txt", "b.txt")
        self.dev("report a.txt --last 0", "--last")
        self.dev("report a.txt -o /no-such-folder/x", "/no-such-folder/x")
        self.dev("report a.txt --fault no-such", "no fault 'no-such'", "canary")
        self.dev("test --all build", "--all", "name none")
        self.dev("fmt no-such.cc", "no file")

    def test_HelpAndTheListOfCommandsExplainThemselves(self):
        listing = run(sys.executable, "-B", "-m", "dev")
        self.assertEqual(listing.returncode, 0)
        for command in "fuzz test replay reduce report convert go-trace hunt cost bench tidy fmt".split():
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
        for command in ("replay", "reduce", "states", "go-trace"):
            self.complains([GCMAP, command, self.home / "missing.txt"], "missing.txt")

    def test_MalformedProgramsNameFileAndLine(self):
        for line in ("put m9 1 2", "putt m0 1 2", "put m0 1", "put m0 1 2 3", "put m0 1 99999999999999999999", "put 1 1 2",
                     "config version=1", "set_hash 1 0xzz"):
            text = f"config version=1\n{line}\n".encode()
            for command in ("replay", "reduce", "states"):
                self.complains([GCMAP, command, self.write("bad.txt", text)], "bad.txt:2:")
        self.complains([GCMAP, "replay", self.write("bad.txt", b"config hash=lowest\n")], "bad.txt:1:")

    def test_WhatIsNoProgramIsRefused(self):
        for name, content in (("words", b"hello\n"), ("data.json", b'{"a": 1}\n'), ("elf", b"\x7fELF\x02\x01\x01\0" * 9),
                              ("config", b"\x02\0"), ("few", b"\x02" + bytes(31) + (b"\x01" + bytes(15)) + bytes(48))):
            for command in ("replay", "reduce", "states"):
                self.complains([GCMAP, command, self.write(name, content)], name, "--any-bytes")
            self.assertEqual(run(GCMAP, "replay", "--any-bytes", self.home / name).returncode, 0, name)
        self.complains([GCMAP, "replay", self.write("empty", b"")], "empty")

    def test_ControlCharactersOfAFileDoNotReachTheTerminal(self):
        for content in (b"config version=2\n\x1b]0;title\x07 1\n", b"\x1b[2J\n", b"config version=2\nput \xc2\x9b 1 2\n"):
            program = self.write("odd.txt", content)
            for command in ("replay", "reduce", "states"):
                result = run(GCMAP, command, program)
                self.assertEqual(result.returncode, 2)
                self.assertNotRegex(result.stderr, "[\x00-\x09\x0b-\x1f\x7f-\x9f]", result.stderr)

    def test_AnOutputThatCannotBeIsNoticedFirst(self):
        program = self.write("good.txt", b"config version=2\nput m0 1 2\n")
        for command in (["reduce", program, "-o"], ["states", program, "-o"], ["soak", "-o"], ["convert", program]):
            self.complains([GCMAP, *command, self.home / "missing" / "out.txt"], "missing")
            self.complains([GCMAP, *command, self.home], "is a folder")

    def test_MalformedRecordingsNameTheFile(self):
        self.complains([GCMAP, "go-trace", self.write("bad.trace", b"this is no recording\n")], "bad.trace:1:")
        self.complains([GCMAP, "go-trace", self.write("bad.trace.gz", b"\x1f\x8b\x08\x00broken")], "bad.trace.gz")


class Interruptions(Misuse):
    """What ends a command from outside: its children end with it, and its exit code says so."""

    SLOW = b"config version=2 hash=constant kind=box_box\nput_run m0 1 4096 0\nput_run m0 5000 4096 0\nput_run m0 9100 4096 0\n"

    def start(self, *words, **options):
        process = subprocess.Popen([str(word) for word in (GCMAP, *words)], stdin=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True, **options)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def child_of(self, process):
        children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children")
        return self.within_seconds(lambda: [int(pid) for pid in children.read_text().split()])[0]

    def within_seconds(self, condition):
        for _ in range(1000):
            if outcome := condition():
                return outcome
            time.sleep(0.01)
        return self.fail("ten seconds passed")

    def test_TheChildrenOfAKilledCommandEnd(self):
        program = pathlib.Path(tempfile.mkdtemp()) / "slow.txt"
        self.addCleanup(shutil.rmtree, program.parent)
        program.write_bytes(self.SLOW)
        for words in (["soak", "--operations", "1000000000", "-o", program.parent / "x"],
                      ["replay", "--quiet", "--cpu-ms", "1000000", program]):
            process = self.start(*words, stdout=subprocess.DEVNULL)
            child = self.child_of(process)
            process.kill()
            self.within_seconds(lambda child=child: not self.runs(child))

    def runs(self, pid):
        try:  # an orphan nobody reaps has ended too
            return "\nState:\tZ" not in pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii")
        except FileNotFoundError:
            return False

    def test_AnInterruptedReductionKeepsTheBestSoFar(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with tempfile.TemporaryDirectory() as home:
                program, out = pathlib.Path(home) / "slow.txt", pathlib.Path(home) / "out.txt"
                program.write_bytes(self.SLOW + b"put m0 1 1\n" * 50)
                process = self.start("reduce", "--cpu-ms", "100", program, "-o", out, stdout=subprocess.PIPE)
                self.addCleanup(process.stdout.close)
                self.within_seconds(out.exists)
                process.send_signal(number)
                output = process.stdout.read()
                self.assertEqual(process.wait(), 128 + number)
                self.assertIn("when it was interrupted", output)
                self.assertIn(f"repeat: {GCMAP} replay {out}", output)
                self.assertIn("put_run", out.read_text(encoding="ascii"))


if __name__ == "__main__":
    GCMAP = sys.argv.pop(1)
    unittest.main()
