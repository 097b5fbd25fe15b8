"""Configure and build with CMake: quiet with a progress line, loud on failure, in the background
where wanted.

    directory = builds.build("fuzz-fast", ["gcmap_cli"])          # shows how far it is, returns when it is done

    second = builds.start("fuzz-fast", targets, part=(2, 2), background=True)
    while not second.poll(): ...                             # second.progress() says how far it is
    directory = second.wait()                                # raises project.Stop where it failed
    second.stop()                                            # ends one that is no longer wanted

A build directory is built by one process at a time: who comes second says whom it waits for, and waits.
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

from . import project, terminal

NINJA_STEP = re.compile(r"\[(\d+)/(\d+)\] (.*)")
LEAST_CMAKE = (3, 25)
PRESETS_FILE = "CMakePresets.json"
ESTIMATE_AFTER_SECONDS = 5  # of building: the first steps say little
_CACHE_PATH = re.compile(r"^(?:CMAKE_HOME_DIRECTORY|CMAKE_CACHEFILE_DIR):INTERNAL=(.*)$", re.MULTILINE)


class Build:
    """Work that compiles, in a thread of its own: started at once, waited for whenever its result is needed.

    `work(build)` returns the result. It runs its commands with `build.run`, which keeps what they print,
    follows the steps of ninja and ends with the build. `background`: they leave the processor to others."""

    def __init__(self, label, work, background=False):
        self.label = label
        self.steps = 0     # done
        self.seconds = 0   # it took, once it has ended
        self._total, self._what = 0, "begins"
        self._earlier = 0  # steps, of commands that are over
        self._started = time.monotonic()
        self._first_step = None  # when ninja began
        self._nice = ["nice", "-n", "10"] if background else []
        self._process, self._stopped = None, threading.Event()
        self._result, self._failure, self._output = None, None, []
        self._thread = threading.Thread(target=self._work, args=(work,), daemon=True)
        self._thread.start()

    def _work(self, work):
        try:
            self._result = work(self)
        except BaseException as failure:  # whoever waits is told, whatever it is
            self._failure = failure
        self.seconds = time.monotonic() - self._started

    def poll(self):
        """Whether it has ended, well or not."""
        return not self._thread.is_alive()

    @property
    def failed(self):
        return self._failure is not None

    def wait(self):
        """Shows how far it is until it has ended; returns its result. Where it failed, prints what the
        compiler said and raises project.Stop."""
        status = terminal.Status(sys.stderr)
        try:
            while not self.poll():
                status.update(self.progress())
                self._thread.join(0.1)
        except BaseException:
            self.stop()
            raise
        steps = self._earlier + self.steps
        status.finish(f"{self.label}: {steps} steps, {terminal.seconds(self.seconds)}" if steps > 1 and not self._failure else None)
        if self._failure:
            sys.stderr.write("".join(line for line in self._output if not _uninteresting(line)))
            raise self._failure
        return self._result

    def stop(self):
        """Ends it and waits until it has ended; what is half done is done another time."""
        self._stopped.set()
        if process := self._process:
            _end(process)
        self._thread.join()

    def progress(self):
        """build 1 of 2, fuzz-fast: 37/141, 24.0 s, about 1 min 10 s left: map.cc.o"""
        took = time.monotonic() - self._started
        if not self._total:
            return f"{self.label}: {self._what}, {terminal.seconds(took)}"
        return f"{self.label}: {self.steps}/{self._total}, {terminal.seconds(took)}{self._estimate()}: {self._what}"

    def _estimate(self):
        """Said as if every step took the same time; links come last and are short."""
        building = time.monotonic() - self._first_step
        if not self.steps or building < ESTIMATE_AFTER_SECONDS:
            return ""
        return f", about {terminal.seconds(round(building * (self._total - self.steps) / self.steps))} left"

    def doing(self, what):
        """What it is at, for the progress line; also ends a build that is no longer wanted."""
        self._what = what
        if self._stopped.is_set():
            raise project.Stop(f"{self.label}: stopped")

    def run(self, command):
        """Runs a command that must succeed."""
        command, self._output = [str(word) for word in command], []
        self._earlier, self.steps, self._total, self._first_step = self._earlier + self.steps, 0, 0, None
        self.doing(self._what)
        with output_of(self._nice + command) as process:
            self._process = process
            if self._stopped.is_set():  # stop() came between the question and the process
                _end(process)
            for line in process.stdout:
                self._output.append(line)
                if step := NINJA_STEP.match(line):
                    self._first_step = self._first_step or time.monotonic()
                    self.steps, self._total, self._what = int(step[1]), int(step[2]), step[3].rsplit("/", 1)[-1]
        self._process = None
        if process.returncode != 0:
            self.doing(self._what)
            raise project.Stop(f"{self.label} failed (above); the command was:\n  {' '.join(command)}")
        self._output = []

    @contextlib.contextmanager
    def alone_in(self, directory):
        """Nobody else builds in `directory` meanwhile."""
        with project.locked(directory.parent / f".{directory.name}.lock", f"builds {project.relative(directory)}",
                            while_waiting=lambda holder: self.doing(f"waits for {holder}")):
            self.doing("begins")
            yield


def start(preset, targets, directory=None, variables=None, label=None, part=None, background=False):
    """Starts to configure `preset`, if need be, and to build `targets` (all if empty). The result is
    the directory.

    `directory` and `variables` differ from the preset's where a caller wants a build of its own. `part`: (1,
    2) of the first of two builds. `background`: it is not waited for at once and leaves the processor
    to others."""
    directory = directory or project.BUILD / preset

    def work(build):
        with build.alone_in(directory):
            make(build, preset, targets, directory, variables or {})
        return directory
    return Build(label or titled(preset, part), work, background)


def make(build, preset, targets, directory, variables):
    """What `start` has a Build do, alone in the directory."""
    _configure(build, preset, directory, variables)
    build.run(["cmake", "--build", directory, "--parallel", project.jobs(), *(["--target", *targets] if targets else [])])


def titled(what, part):
    """How a build is called: "build fuzz", "build 1 of 2, fuzz"."""
    return f"build {part[0]} of {part[1]}, {what}" if part else f"build {what}"


def build(preset, targets, directory=None, variables=None, label=None, part=None):
    """The same, until it is done. Returns the build directory; a failure ends the command with exit
    code 2."""
    return start(preset, targets, directory, variables, label, part).wait()


def configure(preset, directory=None, variables=None, label=None):
    """Configures `preset` unless that was done with the same words before. Returns the build directory."""
    directory = directory or project.BUILD / preset

    def work(build):
        with build.alone_in(directory):
            _configure(build, preset, directory, variables or {})
        return directory
    return Build(label or f"configure {preset}", work).wait()


def configure_command(preset, directory, variables):
    command = ["cmake", "--preset", preset, "-S", str(project.ROOT), "-B", str(directory)]
    return command + [f"-D{name}={value}" for name, value in variables.items()]


def _configure(build, preset, directory, variables):
    command, stamp = configure_command(preset, directory, variables), directory / "configured-by-dev"
    said = f"{command!r}\n{(project.ROOT / PRESETS_FILE).read_text(encoding='utf-8')}"  # a preset may have changed since
    if (directory / "build.ninja").exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == said:
        return
    build.doing("configure")
    _require_cmake()
    _start_afresh_if_moved(directory)
    stamp.unlink(missing_ok=True)  # until CMake is done it tells of other words than the cache
    build.run(command)
    stamp.write_text(said, encoding="utf-8")


def _start_afresh_if_moved(directory):
    """Empties a build directory that was made for another place: CMake refuses it."""
    cache = directory / "CMakeCache.txt"
    made_for = set(_CACHE_PATH.findall(cache.read_text(encoding="utf-8", errors="replace"))) if cache.exists() else set()
    if strange := made_for - {str(project.ROOT), str(directory)}:
        project.warn(f"{project.relative(directory)} was made for {min(strange)}: built afresh")
        shutil.rmtree(directory)


def _require_cmake():
    words = subprocess.run(["cmake", "--version"], capture_output=True, text=True).stdout.split()
    found = words[2] if len(words) > 2 else "unknown"
    if tuple(int(number) for number in re.findall(r"\d+", found)[:2]) < LEAST_CMAKE:
        raise project.Stop(f"cmake {found} is too old: {LEAST_CMAKE[0]}.{LEAST_CMAKE[1]} is needed (Debian 12, Ubuntu 24.04)")


@contextlib.contextmanager
def output_of(command):
    """A process whose stdout carries everything it prints, line by line; neither it nor what it started
    outlives an interruption. Ctrl-C reaches this program alone, which then ends the process in order."""
    with subprocess.Popen(command, cwd=project.ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True) as process:
        try:
            yield process
        except BaseException:
            _end(process)
            raise


def _end(process):
    """Asks a process of output_of and all it has started to end."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)


def _uninteresting(line):
    """A finished step of ninja's, or a line of a configure that went well."""
    return bool(NINJA_STEP.match(line)) or line.startswith(("-- ", "ninja: Entering directory "))
