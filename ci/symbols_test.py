"""What the include rule cannot see: a function that is declared by hand and lies in a layer or room which the
caller may not include. The libraries of a build are asked what they define and what they need.

    python3 ci/symbols_test.py COMPILER NM BUILD_DIRECTORY
"""

import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import checks  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[1]
COMPILER, NM, BUILD = None, None, None  # from the command line


def symbols(nm, archive, flag):
    """The names of the symbols that nm lists with this flag."""
    listed = subprocess.run([nm, "--format=posix", flag, str(archive)], stdin=subprocess.DEVNULL, capture_output=True,
                            text=True, check=True, timeout=120).stdout
    rows = [line.split() for line in listed.splitlines()]
    return {row[0] for row in rows if len(row) >= 2 and row[1] in "UTDBRSCG"}  # weak ones are inline: a header's


def libraries(root, build):
    """{layer or room: (its archive, all it may call: what it may include and what that may)}."""
    lib = [layer for layer in checks.LAYERS if f"lib/{layer}" in checks.FOLDER_LAYER]
    reach = {layer: set(lib[:number + 1]) for number, layer in enumerate(lib)}
    for room, may in checks.read_rooms(root)[0].items():
        reach[room] = {room}.union(*[reach[other] for other in may])
    archives = {name: build / ("lib/" + name if name in lib else "harness") / f"libgcmap_{'' if name in lib else 'harness_'}{name}.a"
                for name in reach}
    return {name: (archives[name], reach[name]) for name in reach}


def beyond_reach(nm, libraries_of):
    """Lines: who needs a symbol that only a library out of its reach defines."""
    defined = {name: symbols(nm, archive, "--defined-only") for name, (archive, _) in libraries_of.items()}
    wrong = []
    for name, (archive, reach) in libraries_of.items():
        needed = symbols(nm, archive, "--undefined-only").difference(*[defined[other] for other in reach])
        for other in libraries_of:
            wrong += [f"{name} needs {symbol} of {other}" for symbol in sorted(needed & defined[other])]
    return wrong


class Symbols(unittest.TestCase):
    def test_NothingNeedsWhatLiesBeyondItsReach(self):
        known = libraries(ROOT, BUILD)
        for name, (archive, _) in known.items():
            self.assertTrue(archive.is_file(), archive)
            self.assertNotEqual(symbols(NM, archive, "--defined-only"), set(), name)
        self.assertEqual(beyond_reach(NM, known), [])

    def test_AFunctionDeclaredByHandIsSeen(self):
        with tempfile.TemporaryDirectory() as directory:
            place = pathlib.Path(directory)
            for name, text in (("low", "void up();\nvoid low() { up(); }\n"), ("high", "void low();\nvoid up() {}\nvoid high() { low(); }\n")):
                (place / f"{name}.cc").write_text(text)
                subprocess.run([COMPILER, "-c", f"{name}.cc", "-o", f"{name}.o"], cwd=place, check=True, timeout=120)
                subprocess.run(["ar", "qc", f"{name}.a", f"{name}.o"], cwd=place, check=True, timeout=120)
            known = {"low": (place / "low.a", {"low"}), "high": (place / "high.a", {"low", "high"})}
            self.assertEqual(beyond_reach(NM, known), ["low needs _Z2upv of high"])


if __name__ == "__main__":
    COMPILER, NM, BUILD = sys.argv.pop(1), sys.argv.pop(1), pathlib.Path(sys.argv.pop(1))
    unittest.main()
