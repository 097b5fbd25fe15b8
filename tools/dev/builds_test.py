"""Tests of builds.py with scripts in the place of CMake."""

import contextlib
import io
import os
import pathlib
import tempfile
import unittest
from unittest import mock

from dev import builds, project

VERSION = 'case "$*" in --version) echo cmake version 3.25.1; exit;; esac\n'
CONFIGURE = 'case "$1" in --preset) echo "configured $*" >>LOG; mkdir -p BUILD; touch BUILD/build.ninja; echo "-- Done"; exit;; esac\n'


class WithCmake(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.home = pathlib.Path(temporary.name)
        self.directory = self.home / "build"
        self.directory.mkdir()
        patched = mock.patch.dict(os.environ, {"PATH": f"{self.home}:{os.environ['PATH']}"})
        patched.start()
        self.addCleanup(patched.stop)

    def cmake(self, script):
        """What `cmake --build` does is `script`."""
        path = self.home / "cmake"
        text = "#!/bin/sh\n" + VERSION + CONFIGURE + script + "\n"
        path.write_text(text.replace("BUILD", str(self.directory)).replace("LOG", str(self.home / "log")))
        path.chmod(0o755)

    def start(self, **words):
        return builds.start("fuzz", ["a"], self.directory, **words)

    def wait(self, build):
        with contextlib.redirect_stderr(io.StringIO()) as said:
            try:
                return build.wait(), said.getvalue()
            except project.Stop as stop:
                return stop, said.getvalue()

    def log(self):
        return (self.home / "log").read_text().splitlines()


class Builds(WithCmake):
    def test_ConfiguresOnceAndSaysWhatItDid(self):
        self.cmake('echo "[1/2] Building CXX object x/a.cc.o"; echo "[2/2] Linking x/a"')
        result, said = self.wait(self.start(part=(1, 2)))
        self.assertEqual(result, self.directory)
        self.assertRegex(said, r"^build 1 of 2, fuzz: 2 steps, \d+\.\d s\n$")
        self.wait(self.start())
        self.assertEqual(len(self.log()), 1)
        self.wait(self.start(variables={"A": "1"}))
        self.assertIn("-DA=1", self.log()[1])

    def test_APresetThatHasChangedIsConfiguredAgain(self):
        self.cmake('echo "[1/1] x"')
        presets = self.home / "CMakePresets.json"
        with mock.patch.object(project, "ROOT", self.home):
            for text, configured in (("{}", 1), ("{}", 1), ('{"version": 6}', 2)):
                presets.write_text(text)
                self.wait(self.start())
                self.assertEqual(len(self.log()), configured, text)

    def test_AFailurePrintsWhatTheCompilerSaidAndIsNoBugOfTheLibrary(self):
        self.cmake('echo "[1/2] Building CXX object a.cc.o"; echo "a.cc:1: error: no"; exit 1')
        stop, said = self.wait(self.start())
        self.assertEqual((stop.code, said), (project.USAGE, "a.cc:1: error: no\n"))
        self.assertRegex(str(stop), r"^build fuzz failed \(above\); the command was:\n  cmake --build ")

    def test_ABuildInTheBackgroundIsPolledAndStopped(self):
        self.cmake('echo $$ >PID; echo "[3/10] Building CXX object lib/map/a.cc.o"; exec sleep 60'.replace("PID", str(self.home / "pid")))
        build = self.start(part=(2, 2), background=True)
        while not build.steps:
            self.assertFalse(build.poll())
        self.assertRegex(build.progress(), r"^build 2 of 2, fuzz: 3/10, \d+\.\d s: a\.cc\.o$")
        build.stop()
        self.assertTrue(build.poll())
        self.assertRegex(str(self.wait(build)[0]), "stopped")
        with self.assertRaises(ProcessLookupError):
            os.kill(int((self.home / "pid").read_text()), 0)

    def test_ABuildInTheBackgroundLeavesTheProcessorToOthers(self):
        self.cmake('nice >NICE; echo "[1/1] x"'.replace("NICE", str(self.home / "nice")))
        for background, more in ((False, 0), (True, 10)):
            self.wait(self.start(background=background))
            self.assertEqual(int((self.home / "nice").read_text()), min(19, os.nice(0) + more))

    def test_ADirectoryIsBuiltByOneProcessAtATime(self):
        self.cmake('echo "[1/1] x"')
        with mock.patch.object(project, "warn"), project.locked(self.home / ".build.lock", "builds it"):
            build = self.start()
            while "waits for" not in build.progress():
                self.assertFalse(build.poll())
            self.assertRegex(build.progress(), rf"^build fuzz: waits for process {os.getpid()} .* that builds it, ")
            self.assertFalse((self.home / "log").exists())
        self.assertEqual(self.wait(build)[0], self.directory)

    def test_TheEstimateIsThatOfTheStepsDone(self):
        build = builds.Build("x", lambda _: None)
        build.wait()
        build.steps, build._total, build._what = 10, 40, "a.o"
        with mock.patch.object(builds.time, "monotonic", lambda: 130.0):
            build._started, build._first_step = 100.0, 110.0
            self.assertEqual(build.progress(), "x: 10/40, 30.0 s, about 1 min 00 s left: a.o")
            build._first_step = 127.0
            self.assertEqual(build.progress(), "x: 10/40, 30.0 s: a.o")

    def test_ADirectoryMadeForAnotherPlaceIsBuiltAfresh(self):
        self.cmake("")
        (self.directory / "CMakeCache.txt").write_text("CMAKE_HOME_DIRECTORY:INTERNAL=/elsewhere/gcmap\n"
                                                       f"CMAKE_CACHEFILE_DIR:INTERNAL={self.directory}\n")
        (self.directory / "old.o").touch()
        with mock.patch.object(project, "warn") as warned:
            self.wait(self.start())
        self.assertRegex(warned.call_args.args[0], "was made for /elsewhere/gcmap: built afresh")
        self.assertFalse((self.directory / "old.o").exists())

    def test_ItsOwnDirectoryIsKept(self):
        self.cmake("")
        (self.directory / "CMakeCache.txt").write_text(f"CMAKE_HOME_DIRECTORY:INTERNAL={project.ROOT}\n"
                                                       f"CMAKE_CACHEFILE_DIR:INTERNAL={self.directory}\n")
        (self.directory / "old.o").touch()
        self.wait(self.start())
        self.assertTrue((self.directory / "old.o").exists())


if __name__ == "__main__":
    unittest.main()
