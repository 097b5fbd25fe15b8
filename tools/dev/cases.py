"""Runs the tests that ctest knows, those of one GoogleTest program several to a process.

    results = cases.run(cases.load(directory), report=lambda done, total, result: ...)

To start a program under AddressSanitizer costs a tenth of a second, more than most tests take. So

1. `batches` deals the tests of a GoogleTest program into batches; every other test is alone;
2. a batch runs in one process, whose output says which test began and how it ended;
3. a process that dies or hangs fails the test it was in, and the rest of its batch goes on in another one;
4. one that ends badly though all its tests passed, as with a leak, has them run one by one, to learn whose
   it is.
"""

import concurrent.futures
import contextlib
import dataclasses
import json
import os
import re
import select
import shlex
import signal
import subprocess
import threading
import time

from . import project

TESTS_PER_PROCESS = 32
LIMIT_SECONDS = 600  # of one test
_FILTER = "--gtest_filter="
_BEGAN = re.compile(r"\[ RUN      \] (\S+)$")
_ENDED = re.compile(r"\[(       OK |  FAILED  |  SKIPPED )\] ([^\s,]+)(?:, where .*)? \((\d+) ms\)$")


@dataclasses.dataclass
class Test:
    name: str
    command: list
    directory: str = "."
    environment: dict = dataclasses.field(default_factory=dict)

    @property
    def program(self):
        """The GoogleTest program it is a test of, else None."""
        return self.command[0] if self.filter else None

    @property
    def filter(self):
        """What GoogleTest calls it, which is not always what ctest does: a typed test's type is a number.
        None of others."""
        return next((word.removeprefix(_FILTER) for word in self.command if word.startswith(_FILTER)), None)


@dataclasses.dataclass
class Result:
    name: str
    seconds: float
    failure: str | None = None  # what was printed; None of a test that passed
    together: str | None = None  # of tests that fail only together: the command


def load(directory):
    """The tests of a build directory."""
    listed = subprocess.run(["ctest", "--test-dir", str(directory), "--show-only=json-v1"], stdin=subprocess.DEVNULL,
                            capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        raise project.Stop(f"ctest cannot list the tests of {project.relative(directory)}:\n{listed.stderr.strip()}")
    return parse(listed.stdout)


def parse(text):
    """The same, of what `ctest --show-only=json-v1` prints."""
    tests = []
    for entry in json.loads(text)["tests"]:
        if "command" not in entry:
            raise project.Stop(f"test {entry['name']} has not been built")
        properties = {one["name"]: one["value"] for one in entry.get("properties", [])}
        environment = dict(line.split("=", 1) for line in properties.get("ENVIRONMENT", []))
        tests.append(Test(entry["name"], entry["command"], properties.get("WORKING_DIRECTORY", "."), environment))
    return tests


def batches(tests, jobs):
    """Lists of tests, each for one process. Neighbours, which often cost the same, come into different ones,
    and the last tests, which rest on everything and take longest, come first."""
    dealt, programs = [], {}
    for test in tests:
        if test.program is None:
            dealt.append([test])
        else:
            programs.setdefault(test.program, []).append(test)
    for of_program in reversed(programs.values()):
        number = max(-(-len(of_program) // TESTS_PER_PROCESS), min(len(of_program), 4 * jobs))
        dealt += [of_program[first::number] for first in range(number)]
    return dealt


def run(tests, report, jobs=None, limit=LIMIT_SECONDS):
    """Runs all of them, `jobs` processes at a time, and returns their results. report(ended, of, result)
    after each."""
    jobs = jobs or project.jobs()
    runner, results = _Runner(limit), []
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        running = [pool.submit(runner.run, batch) for batch in batches(tests, jobs)]
        try:
            for ended in concurrent.futures.as_completed(running):
                for result in ended.result():
                    results.append(result)
                    report(len(results), len(tests), result)
        except BaseException:
            runner.stop()
            pool.shutdown(cancel_futures=True)
            raise
    return results


class _Output:
    """Takes in what a GoogleTest program prints, line by line, and knows how each test ended."""

    def __init__(self, now=time.monotonic):
        self.results = []
        self.since = now()   # the present test began
        self.current = None  # its name
        self.kept = []       # lines since then
        self._now = now

    def read(self, line):
        self.kept.append(line)
        if ended := _ENDED.search(line.rstrip()):
            if ended[2] == self.current:
                self._end(ended[1] == "  FAILED  ", int(ended[3]) / 1000)
        elif began := _BEGAN.search(line.rstrip()):
            if self.current not in (None, began[1]):
                self.fail("it began and did not end")
            self.since, self.current, self.kept = self._now(), began[1], [line]

    def fail(self, why):
        """The present test has failed, whatever it still prints."""
        self.kept.append(f"{self.current}: {why}\n")
        self._end(True, self._now() - self.since)

    def _end(self, failed, seconds):
        self.results.append(Result(self.current, seconds, "".join(self.kept) if failed else None))
        self.since, self.current, self.kept = self._now(), None, []


class _Runner:
    def __init__(self, limit):
        self._limit = limit
        self._lock = threading.Lock()
        self._stopped, self._processes = False, set()

    def stop(self):
        """Ends what is running and starts nothing more."""
        with self._lock:
            self._stopped = True
            for process in self._processes:
                _kill(process)

    def run(self, tests):
        """One batch: a result for each of its tests, and one more if they fail only together."""
        if tests[0].program is None:
            return [self._run_alone(tests[0])]
        results, waiting = [], tests
        while waiting and not self._stopped:
            output, ending = self._run_process(waiting)
            said = {result.name: result for result in output.results}  # by what GoogleTest calls them
            ended = [test for test in waiting if test.filter in said]
            if not ended:
                ended = waiting[:1]
                results.append(Result(ended[0].name, 0, f"{''.join(output.kept)}{ended[0].name}: it did not begin; {ending}\n"))
            elif ending and not any(said[test.filter].failure for test in ended):
                results += self._blame(ended, f"{''.join(output.kept)}{ending}\n")
            else:
                results += [dataclasses.replace(said[test.filter], name=test.name) for test in ended]
            waiting = [test for test in waiting if test not in ended]
        return results

    def _blame(self, tests, failure):
        """Every test passed, but their process ended in failure."""
        if len(tests) == 1:
            return [Result(tests[0].name, 0, failure)]
        results = [result for test in tests for result in self.run([test])]
        if not any(result.failure for result in results):
            results.append(Result(f"{len(tests)} tests together", 0, failure, shlex.join(command_of(tests))))
        return results

    def _run_alone(self, test):
        began, kept = time.monotonic(), []
        ending = self._follow(test, test.command, kept.append, lambda: began)
        return Result(test.name, time.monotonic() - began, f"{''.join(kept)}{ending}\n" if ending else None)

    def _run_process(self, tests):
        """Runs GoogleTest tests. Returns what it said, and how it ended in words: "" if well."""
        output = _Output()
        ending = self._follow(tests[0], command_of(tests), output.read, lambda: output.since)
        if output.current is not None:
            output.fail(ending or "the program ended in the middle of it, with exit code 0")
            ending = ""
        return output, ending

    def _follow(self, test, command, read, since):
        """Runs a command of `test`; it has self._limit seconds from since() on. Returns how it ended: ""
        if well."""
        environment = {**os.environ, **test.environment}
        with self._lock:
            if self._stopped:
                return "it was not run"
            process = subprocess.Popen(command, cwd=test.directory, env=environment, stdin=subprocess.DEVNULL,
                                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
            self._processes.add(process)
        try:
            ended_itself = _read(process, read, lambda: since() + self._limit - time.monotonic())
        finally:
            with self._lock:
                self._processes.discard(process)
                _kill(process)
            process.stdout.close()
            process.wait()
        if not ended_itself:
            return f"it took more than {self._limit} seconds"
        return "" if process.returncode == 0 else ending_of(process.returncode)


def _read(process, read, left):
    """Gives the lines of its output to `read` until it has ended and closed its output; False if no time
    is left."""
    partial, stream = b"", process.stdout.fileno()
    while (seconds := left()) > 0:
        if not select.select([stream], [], [], min(seconds, 1))[0]:
            if process.poll() is None:
                continue
            break  # what it started and left behind holds the other end of the pipe
        chunk = os.read(stream, 1 << 16)
        *lines, partial = (partial + chunk).split(b"\n")
        for line in lines:
            read(line.decode("utf-8", "replace") + "\n")
        if not chunk:
            break
    if partial:
        read(partial.decode("utf-8", "replace") + "\n")
    if seconds > 0:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(left(), 0))
    return process.poll() is not None


def _kill(process):
    """It and all it has started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def command_of(tests):
    """The command that runs GoogleTest tests of one program together."""
    names = ":".join(test.filter for test in tests)
    return [f"{_FILTER}{names}" if word.startswith(_FILTER) else word for word in tests[0].command]


def ending_of(returncode):
    if returncode >= 0:
        return f"the program ended with exit code {returncode}"
    return f"the program was ended by {signal.Signals(-returncode).name}"
