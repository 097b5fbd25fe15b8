"""What must not compile, and what the compiler says of it: one message for each mistake in ci/refusals.cc.

    python3 ci/refusals_test.py COMPILER
"""

import pathlib
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[1]
COMPILER = None  # from the command line
SAID = {
    "the collector would not see the Members of this class": 2,
    "trace() must be const": 1,
    "make it gcmap::String": 2,
    "make it gcmap::Member<T>": 1,
    "holds trivially copyable and destructible types": 1,
    "an empty class or a map can be a value and no key": 1,
}


class Refusals(unittest.TestCase):
    def test_EachMistakeIsSaidOnceAndNothingElse(self):
        result = subprocess.run([COMPILER, "-std=c++20", "-fsyntax-only", f"-I{ROOT}/lib/include", "ci/refusals.cc"], cwd=ROOT,
                                stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=120)
        self.assertNotEqual(result.returncode, 0, "it compiles")
        errors = [line for line in result.stderr.splitlines() if "error:" in line]
        for message, times in SAID.items():
            self.assertEqual(sum(message in line for line in errors), times, f"{message}\n{result.stderr}")
        self.assertEqual(len(errors), sum(SAID.values()), "\n".join(errors))


if __name__ == "__main__":
    COMPILER = sys.argv.pop(1)
    unittest.main()
