"""libFuzzer from outside: start its processes, follow what they print, end them.

Protocol: Engine(command, ...) starts a process; drive(engines, ...) reads all of them until they end, the
time is over, one finds something or the user interrupts. Afterwards engine.progress, engine.finding() and
engine.cpu_seconds say what came of it.
"""

import ctypes
import dataclasses
import os
import pathlib
import re
import selectors
import signal
import subprocess
import time

from .points import Points

# 4096 bytes are 255 operations: longer programs halve the executions per second and reach nothing more.
LIMITS = ["-timeout=10", "-rss_limit_mb=4096", "-max_len=4096", "-print_final_stats=1"]
GRACE_SECONDS = 15  # after the time is over or SIGINT was sent

_EVENT = re.compile(r"#(\d+)\s+([A-Z_a-z]+)\s+(.*)")
_FIELD = re.compile(r"\b(cov|ft|corp|exec/s): (\d+)")
_ARTIFACT = re.compile(r"Test unit written to (.*(?:crash|leak|oom|timeout)-\w+)")  # not: slow-unit-
_RUNNING = re.compile(r"Running: (.+)")
_STAT = re.compile(r"stat::(\w+):\s+(\d+)")
_VERDICT = re.compile(r"gcmap: (.+)")


@dataclasses.dataclass
class Progress:
    executions: int = 0
    per_second: int = 0
    coverage: int = 0
    features: int = 0
    corpus: int = 0
    artifact: str = ""
    running: str = ""   # the corpus file being replayed
    verdict: str = ""   # what the target said of the failing program
    initialized: bool = False
    points: Points = dataclasses.field(default_factory=Points)

    def read(self, line):
        """Takes in one line of libFuzzer's or the target's."""
        if event := _EVENT.match(line):
            self.executions = max(self.executions, int(event[1]))
            self.initialized = self.initialized or event[2] != "READ"
            fields = {name: int(value) for name, value in _FIELD.findall(event[3])}
            self.per_second = fields.get("exec/s", self.per_second)
            self.coverage = fields.get("cov", self.coverage)
            self.features = fields.get("ft", self.features)
            self.corpus = fields.get("corp", self.corpus)
        elif stat := _STAT.match(line):
            if stat[1] == "number_of_executed_units":
                self.executions = int(stat[2])
            elif stat[1] == "average_exec_per_sec":
                self.per_second = int(stat[2])
        elif artifact := _ARTIFACT.search(line):
            self.artifact = artifact[1].strip()
        elif self.points.read(line):
            pass
        elif running := _RUNNING.match(line):
            self.running = running[1].strip()
        elif verdict := _VERDICT.match(line):
            self.verdict = verdict[1].strip()


def die_with_parent():
    """In the child: a fuzzer nobody watches any more must not run on. A group of its own, so that Ctrl-C
    reaches the parent alone, which then ends its engines in order."""
    os.setpgrp()
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Engine:
    """One libFuzzer process. `write_ahead`: where the target keeps the program it is about to run, or None."""

    def __init__(self, command, log, write_ahead=None):
        self.progress = Progress()
        self.write_ahead = write_ahead
        self.returncode = None
        self.cpu_seconds = 0.0
        self.interrupted = False
        self._partial = b""
        self._log = open(log, "wb")
        environment = {name: value for name, value in os.environ.items() if name != "GCMAP_WRITE_AHEAD"}
        # A crash is looked at by replaying it; until then stack traces only cost time.
        environment["ASAN_OPTIONS"] = f"malloc_context_size=1:symbolize=0:{environment.get('ASAN_OPTIONS', '')}"
        if write_ahead is not None:
            pathlib.Path(write_ahead).unlink(missing_ok=True)
            environment["GCMAP_WRITE_AHEAD"] = str(write_ahead)
        self._process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL,
                                         stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment,
                                         preexec_fn=die_with_parent)
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
        self.cpu_seconds = usage.ru_utime + usage.ru_stime
        self.stream.close()
        self._log.close()

    def finding(self):
        """The file with the failing program: libFuzzer's artifact, else what was written ahead if the process
        died without one. None if it ended well."""
        if self.progress.artifact:
            return pathlib.Path(self.progress.artifact)
        died = self.returncode not in (0, None) and not self.interrupted
        if died and self.write_ahead is not None and pathlib.Path(self.write_ahead).exists():
            return pathlib.Path(self.write_ahead)
        return None

    def died_silently(self):
        """It ended in failure and left nothing behind."""
        return self.returncode not in (0, None) and not self.interrupted and self.finding() is None


def drive(engines, seconds, tick, together=True, now=time.monotonic):
    """Reads all engines until they have ended. Calls tick(seconds left or None) now and then. They are
    interrupted when `seconds` (None: no limit) are over, when one of them ends in failure if they work
    `together`, or on Ctrl-C; returns whether it was Ctrl-C."""
    deadline = now() + seconds if seconds is not None else None
    stop_at, by_user = None, False
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
                if stop_at is None and deadline is not None and now() > deadline + 3:  # libFuzzer keeps the time itself
                    stop_at = now()
            except KeyboardInterrupt:
                by_user, stop_at = True, (0 if by_user else now())
            if stop_at is not None:
                _stop(engines, kill=now() > stop_at + GRACE_SECONDS)
    return by_user


def _ended(engine, selector, stream):
    """Reads; at the end of the output also forgets the engine."""
    descriptor = stream.fileno()
    if engine.read():
        return False
    selector.unregister(descriptor)
    return True


def _stop(engines, kill):
    for engine in engines:
        if kill:
            engine.kill()
        elif not engine.interrupted:
            engine.interrupt()
