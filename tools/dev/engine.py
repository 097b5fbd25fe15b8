"""libFuzzer from outside: start its processes, follow what they print, end them.

Protocol: Engine(command, ...) starts a process; drive(engines, ...) reads all of them until they end, the
time is over, one finds something or the user interrupts. Afterwards engine.progress, engine.finding() and
engine.cpu_seconds say what came of it.

libFuzzer counts from the start of its process (-max_total_time, -runs), however long it loads. The targets
themselves tell loading from fuzzing (harness/mutate/fuzz_turn.h): Turn.environment() asks them to,
Progress.loaded and .mutated say what they answered.
"""

import ctypes
import dataclasses
import os
import pathlib
import re
import selectors
import signal
import struct
import subprocess
import time

from . import project
from .pairs import Pairs
from .points import Points

# 4096 bytes are 255 operations: longer programs halve the executions per second and reach nothing more.
LENGTH_MAX = 4096
# A feature is an edge, not how often it was passed: as many edges with a third of the corpus. libFuzzer looks
# through its rare features for each feature of each execution: by a threshold they are thousands, without one
# a hundred (bench/NOTES.md). A hang is told by the target, in processor time; the clock on the wall is for
# what waits for ever, and passes over a program of three seconds on a busy machine.
WALL_SECONDS_MAX = 120
FLAGS = ["-use_counters=0", "-entropic_feature_frequency_threshold=0", f"-timeout={WALL_SECONDS_MAX}", "-rss_limit_mb=4096",
         f"-max_len={LENGTH_MAX}", "-print_final_stats=1"]
# A crash is looked at by replaying it; until then stack traces only cost time. Freed memory in the default
# quarantine of 256 MB is memory newly touched by whoever allocates.
ASAN_OPTIONS = "malloc_context_size=1:symbolize=0:quarantine_size_mb=16"
GRACE_SECONDS = 15  # after the time is over or SIGINT was sent

_EVENT = re.compile(r"#(\d+)\s+([A-Z_a-z]+)\s+(.*)")
_FIELD = re.compile(r"\b(cov|ft|corp|exec/s): (\d+)")
_ARTIFACT = re.compile(r"Test unit written to (.*(?:crash|leak|oom|timeout)-\w+)")  # not: slow-unit-
_RUNNING = re.compile(r"Running: (.+)")
_STAT = re.compile(r"stat::(\w+):\s+(\d+)")
_VERDICT = re.compile(r"gcmap: (.+)")
_LOADING = re.compile(r"gcmap-loading loaded=(\d+) skipped=(\d+)")
_TURN = re.compile(r"gcmap-turn loaded=(\d+) skipped=(\d+) mutated=(\d+)")
_KNOWN = re.compile(r"gcmap-known count=(\d+) smallest=(\d+) (.+)")
_MERGED = re.compile(r"MERGE-OUTER: \d+ new files with (\d+) new features added")
_WRITE_AHEAD = struct.Struct("8sII")  # of harness/program/write_ahead_file.h: magic, version, state
_RUNNING_STATE = 2


@dataclasses.dataclass(frozen=True)
class Turn:
    """How far one process goes. None: without a limit."""

    loading_seconds: float | None = None
    fuzzing_seconds: float | None = None
    mutated: int | None = None

    def environment(self):
        limits = {"GCMAP_LOADING_SECONDS": self.loading_seconds, "GCMAP_FUZZING_SECONDS": self.fuzzing_seconds, "GCMAP_MUTATED_MAX": self.mutated}
        return {name: f"{value:.10g}" for name, value in limits.items() if value is not None}


@dataclasses.dataclass
class Progress:
    executions: int = 0
    loaded: int = 0        # programs it was given and ran
    skipped: int = 0       # that it was given, after the time for loading was over
    new: int = 0           # that reached something no other of its corpus did
    per_second: int = 0
    coverage: int = 0
    features: int = 0
    corpus: int = 0
    artifact: str = ""
    running: str = ""   # the corpus file being replayed
    verdict: str = ""   # what the target said of the failing program
    initialized: bool = False
    exact_mutated: int | None = None  # from a target that ended in order
    initial: int = 0    # executions before fuzzing began
    last_line: str = ""
    known: dict = dataclasses.field(default_factory=dict)  # signature: [count, smallest]
    points: Points = dataclasses.field(default_factory=Points)
    pairs: Pairs = dataclasses.field(default_factory=Pairs)

    @property
    def mutated(self):
        """Programs that were mutated and ran."""
        if self.exact_mutated is not None:
            return self.exact_mutated
        return max(0, self.executions - self.initial) if self.initialized else 0

    def read(self, line):
        """Takes in one line of libFuzzer's or the target's."""
        self.last_line = line.strip() or self.last_line
        if event := _EVENT.match(line):
            self.executions = max(self.executions, int(event[1]))
            if event[2] == "INITED":
                self.initialized, self.initial = True, self.executions
                self.loaded = self.loaded or self.executions
            self.new += event[2] == "NEW"
            fields = {name: int(value) for name, value in _FIELD.findall(event[3])}
            self.per_second = fields.get("exec/s", self.per_second)
            self.coverage = fields.get("cov", self.coverage)
            self.features = fields.get("ft", self.features)
            self.corpus = fields.get("corp", self.corpus)
        elif stat := _STAT.match(line):
            if stat[1] == "number_of_executed_units" and self.exact_mutated is None:
                self.executions = int(stat[2])
            elif stat[1] == "average_exec_per_sec":
                self.per_second = int(stat[2])
        elif artifact := _ARTIFACT.search(line):
            self.artifact = artifact[1].strip()
        elif self.points.read(line) or self.pairs.read(line):
            pass
        elif loading := _LOADING.match(line):
            self.loaded, self.skipped = map(int, loading.groups())
        elif turn := _TURN.match(line):
            self.loaded, self.skipped, self.exact_mutated = map(int, turn.groups())
            self.executions = self.loaded + self.exact_mutated
        elif known := _KNOWN.match(line):
            self.known[known[3]] = [int(known[1]), int(known[2])]
        elif merged := _MERGED.match(line):
            self.features = int(merged[1])
        elif running := _RUNNING.match(line):
            self.running = running[1].strip()
        elif verdict := _VERDICT.match(line):
            self.verdict = verdict[1].strip()


def tied_to_us():
    """For preexec_fn: a fuzzer nobody watches any more must not run on. A group of its own, so that Ctrl-C
    reaches this process alone, which then ends its engines in order."""
    parent = os.getpid()
    return lambda: _die_with(parent)


def _die_with(parent):
    os.setpgrp()
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if os.getppid() != parent:  # it died before that was asked for
        os._exit(1)


class Engine:
    """One libFuzzer process. `write_ahead`: where the target keeps the program it is about to run, or None.
    `home`: its working directory; `variables`: of its environment, beside those of this process that are none
    of gcmap's."""

    def __init__(self, command, log, write_ahead=None, home=None, variables=None):
        self.progress = Progress()
        self.write_ahead = write_ahead
        self.returncode = None
        self.interrupted = False
        self._cpu_seconds = None  # once it has ended
        self._partial = b""
        self._log = open(log, "wb")
        environment = {name: value for name, value in os.environ.items() if not name.startswith("GCMAP_")} | (variables or {})
        environment["GCMAP_PAIRS"] = "1"
        environment["ASAN_OPTIONS"] = f"{ASAN_OPTIONS}:{environment.get('ASAN_OPTIONS', '')}"
        if write_ahead is not None:
            pathlib.Path(write_ahead).unlink(missing_ok=True)
            environment["GCMAP_WRITE_AHEAD"] = str(write_ahead)
        try:
            self._process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL,
                                             stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment, cwd=home,
                                             preexec_fn=tied_to_us())
        except OSError as error:
            self._log.close()
            raise project.Stop(f"cannot start {command[0]}: {error.strerror}") from error
        os.set_blocking(self._process.stderr.fileno(), False)

    @property
    def stream(self):
        return self._process.stderr

    def read(self):
        """Takes in what was printed; False at the end of the output."""
        try:
            chunk = os.read(self.stream.fileno(), 1 << 16)
        except BlockingIOError:
            return True
        self._log.write(chunk)
        *lines, self._partial = (self._partial + chunk).split(b"\n")
        for line in lines:
            self.progress.read(line.decode("utf-8", "replace"))
        if chunk:
            return True
        self._reap()
        return False

    @property
    def cpu_seconds(self):
        """Processor time so far, of the process alone; in the end also of what it started and waited for."""
        if self._cpu_seconds is not None:
            return self._cpu_seconds
        user, system = pathlib.Path(f"/proc/{self._process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def interrupt(self):
        if self.returncode is None:
            self.interrupted = True
            self._signal(signal.SIGINT)

    def kill(self):
        self._signal(signal.SIGKILL)

    def _signal(self, number):
        if self.returncode is None:
            try:
                os.kill(self._process.pid, number)
            except ProcessLookupError:
                pass

    def _reap(self):
        _, status, usage = os.wait4(self._process.pid, 0)
        self.returncode = self._process.returncode = os.waitstatus_to_exitcode(status)
        self._cpu_seconds = usage.ru_utime + usage.ru_stime
        self.stream.close()
        self._log.close()

    @property
    def failed(self):
        """It ended by itself, and not well."""
        return self.returncode not in (0, None) and not self.interrupted

    @property
    def artifact(self):
        """The failing program as libFuzzer wrote it, or None."""
        if not self.progress.artifact:
            return None
        path = pathlib.Path(self.progress.artifact)
        return path if path.exists() else None

    def finding(self):
        """The file with the failing program: libFuzzer's artifact, else what was written ahead if the process
        died without one while that ran. None if it ended well, or outside of a program."""
        if self.artifact:
            return self.artifact
        if self.failed and self.write_ahead is not None and was_running(self.write_ahead):
            return pathlib.Path(self.write_ahead)
        return None

    def died_silently(self):
        """It ended in failure and left nothing behind."""
        return self.failed and self.finding() is None

    def death(self):
        """How it ended, for people: "was killed by SIGKILL", "ended with 1: last line it printed"."""
        if self.returncode is not None and self.returncode < 0:
            somebody = ", by the out-of-memory killer or somebody" if self.returncode == -signal.SIGKILL else ""
            return f"was killed by {signal.Signals(-self.returncode).name}{somebody}"
        said = f": {self.progress.last_line}" if self.progress.last_line else ""
        return f"ended with {self.returncode}{said}"


def was_running(write_ahead):
    """Whether the file was written by a process that a program did not come back to."""
    try:
        head = pathlib.Path(write_ahead).read_bytes()[:_WRITE_AHEAD.size]
    except OSError:
        return False
    return len(head) == _WRITE_AHEAD.size and _WRITE_AHEAD.unpack(head)[2] == _RUNNING_STATE


def interruption():
    """The signal behind a KeyboardInterrupt, by number."""
    return int(project.interruption or signal.SIGINT)


def drive(engines, seconds, tick, together=True, now=time.monotonic):
    """Reads all engines until they have ended. Calls tick(seconds left or None) now and then. They are
    interrupted when `seconds` (None: no limit) are over, when one of them ends in failure if they work
    `together`, or on Ctrl-C or SIGTERM; returns the number of that signal, else 0."""
    deadline = now() + seconds if seconds is not None else None
    stop_at, by_user = None, 0
    with selectors.DefaultSelector() as selector:
        for engine in engines:
            selector.register(engine.stream, selectors.EVENT_READ, engine)
        while selector.get_map():
            try:
                for key, _ in selector.select(0.2):
                    stream, engine = key.fileobj, key.data
                    if _ended(engine, selector, stream) and engine.returncode != 0 and together:
                        stop_at = stop_at or now()
                tick(max(0.0, deadline - now()) if deadline is not None else None)
                if stop_at is None and deadline is not None and now() > deadline + 3:  # they keep the time themselves
                    stop_at = now()
            except KeyboardInterrupt:
                by_user, stop_at = interruption(), (0 if by_user else now())
            if stop_at is not None:
                stop(engines, kill=now() > stop_at + GRACE_SECONDS)
    return by_user


def _ended(engine, selector, stream):
    """Reads; at the end of the output also forgets the engine."""
    descriptor = stream.fileno()
    if engine.read():
        return False
    selector.unregister(descriptor)
    return True


def stop(engines, kill=False):
    """Interrupts them, which lets them say what they have done, or kills them. To be called again and again
    until they have ended."""
    for engine in engines:
        if kill:
            engine.kill()
        elif not engine.interrupted:
            engine.interrupt()
