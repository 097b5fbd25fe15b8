"""What `gcmap states` writes agrees with what the inspectors say: buckets with `gcmap replay --dump`,
spans with the heap's own numbers, in every state of programs of the corpus.

    python3 ci/states_test.py GCMAP_BINARY
"""

import json
import pathlib
import re
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[1]
GCMAP = None  # the binary, from the command line
# Every kind of map, growths of each kind, iterators, clones, collections in the middle.
SEEDS = ["a-set", "boxes", "clones-of-boxes", "go-grow-101-3", "go-mixed-101-3", "iterator-two-growths", "keys-of-one-byte",
         "largest-key-in-a-bucket", "nans-and-zeroes", "one-long-chain", "references-cycle-through-maps", "references-maps-of-maps",
         "same-size-churn", "several-maps", "shrinking-under-loops", "strings-as-keys", "strings-as-values", "values-of-one-byte"]
STEP = re.compile(r"^ *(\d+)  \S.* +-> (?:.*\b(m\d): \d+ entries)?")
BUCKET = re.compile(r"\[([^\]]*)\]")


def run(*words):
    done = subprocess.run([GCMAP, *map(str, words)], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"gcmap {words} ended with {done.returncode}: {done.stderr}")
    return done.stdout


class Mirror:
    """A state, kept up to date line by line."""

    def __init__(self):
        self.roots, self.heap, self.maps, self.spans, self.objects = {}, {}, {}, {}, {}
        self.slots, self.links = {}, {}

    def read(self, line):
        for name in ("roots", "heap"):
            setattr(self, name, line.get(name, getattr(self, name)))
        for name, key in (("maps", "id"), ("spans", "page"), ("objects", "id")):
            table = getattr(self, name)
            table.update({each[key]: each for each in line.get(name, [])})
            for gone in line.get(f"{name}_gone", []):
                del table[gone]
        for offset, link, *slots in line.get("buckets", []):
            self.links[offset] = link
            for slot, mark, key, value in zip(*[iter(slots)] * 4):
                self.slots[offset, slot] = (mark, key, value)

    def number(self, cell):
        """What a cell counts as in a dump: of a node its number, of a map its id."""
        if isinstance(cell, str) and "#" in cell:
            number, _, id = cell.partition("#")
            node = self.objects[int(id)]
            return int(number) if number else int(id) if node["map"] else int(node["number"])
        return 0 if cell in (None, "null") else int(cell)

    def bucket(self, offset):
        def slot(mark, key, value):
            return f"{mark:02x}" + (f"={self.number(key)}:{self.number(value)}" if mark >= 5 else "")
        return " ".join(slot(*self.slots.get((offset, each), (0, None, None))) for each in range(8))

    def draw(self, header):
        """As `replay --dump` has it: of each chain its buckets, the old array last."""
        chains = []
        for base, b in ((header["present"], header["b"]), (header["old"], header["old_b"])):
            for chain in range(1 << b if base is not None else 0):
                offset, buckets = base + chain * header["bucket_bytes"], []
                while offset > 0:
                    buckets.append(self.bucket(offset))
                    offset = self.links.get(offset, 0)
                chains.append(buckets)
        return chains


def dumps(program):
    """{operation: (the map that replay drew below it, or None, its chains)}"""
    found, chains = {}, None
    for line in run("replay", "--dump", program).splitlines():
        if step := STEP.match(line):
            chains = []
            found[int(step[1])] = (step[2], chains)
        elif line.startswith(("      bucket ", "      old bucket ")):
            chains.append(BUCKET.findall(line))
    return found


class States(unittest.TestCase):
    def test_BucketsAreThoseThatReplayPrints(self):
        compared = 0
        for seed in SEEDS:
            program = ROOT / "corpus" / "seeds" / f"{seed}.txt"
            drawn, mirror = dumps(program), Mirror()
            for line in map(json.loads, run("states", program).splitlines()[1:-1]):
                if "state" not in line:
                    continue
                mirror.read(line)
                name, chains = drawn.get(line["state"] - 1, (None, []))
                if name in mirror.roots:
                    said = f"{seed}, operation {line['state'] - 1}, {name}"
                    self.assertEqual(mirror.draw(mirror.maps[mirror.roots[name]]), chains, said)
                    compared += 1
        self.assertGreater(compared, 500)

    def test_SpansAddUpToTheNumbersOfTheHeap(self):
        compared = 0
        for seed in SEEDS:
            mirror = Mirror()
            for line in map(json.loads, run("states", ROOT / "corpus" / "seeds" / f"{seed}.txt").splitlines()[1:-1]):
                if "state" not in line:
                    continue
                mirror.read(line)
                live = {page: sum(bin(int(digit, 16)).count("1") for digit in span["allocated"]) for page, span in mirror.spans.items()}
                said = f"{seed}, state {line['state']}"
                self.assertEqual(sum(live.values()), mirror.heap["live_objects"], said)
                self.assertEqual(sum(live[page] * span["slot_bytes"] for page, span in mirror.spans.items()), mirror.heap["live_bytes"], said)
                self.assertEqual(sum(span["pages"] for span in mirror.spans.values()), mirror.heap["pages_in_use"], said)
                compared += 1
        self.assertGreater(compared, 500)

    def test_AreAsManyAsOperationsAndOneMore(self):
        for seed in SEEDS:
            head, *lines, verdict = map(json.loads, run("states", ROOT / "corpus" / "seeds" / f"{seed}.txt").splitlines())
            operations = len(head["operations"])
            self.assertEqual([line["state"] for line in lines if "state" in line], list(range(operations + 1)), seed)
            self.assertEqual([line["before"] for line in lines if "before" in line], list(range(operations)), seed)
            self.assertEqual((verdict["verdict"], verdict["operation"]), ("ok", operations), seed)


if __name__ == "__main__":
    GCMAP = sys.argv.pop(1)
    unittest.main()
