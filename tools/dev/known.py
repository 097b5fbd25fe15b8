"""Failures that are known, which --keep-going sets aside: their signatures, how often each was met, the
smallest programs.

`.fuzz/<target>/known.txt` is a signature a line, as `gcmap replay --signature` prints it: oracle@operation,
kind of map and, of a crash, the topmost function or file of lib/. Lines that begin with # say nothing. A line
that is removed makes the failure a new one. `.fuzz/<target>/known/<signature>/<bytes>-<name>.bin` are the
smallest programs of each.

A failure of an oracle is set aside by the target itself (harness/run/known_failures.h), which reads the
file; one that kills the process by ./dev fuzz, which starts the process again.
"""

import dataclasses
import hashlib
import os
import re
import shutil

from . import project, terminal

KEPT = 5
HEADER = ["known failure", "met", "bytes", "smallest program"]
_HEAD = "# Failures that ./dev fuzz --keep-going sets aside, a signature a line; remove a line to have it reported again.\n"


def slug(signature):
    """As the folder of its programs is called, here and in harness/run/known_failures.cc."""
    return re.sub(r"[^A-Za-z0-9]+", "-", signature).lstrip("-")


@dataclasses.dataclass
class Known:
    state: object  # .fuzz/<target>
    met: dict = dataclasses.field(default_factory=dict)  # signature: how often in this run

    @property
    def file(self):
        return self.state / "known.txt"

    @property
    def folder(self):
        return self.state / "known"

    def signatures(self):
        if not self.file.exists():
            return []
        lines = self.file.read_text(encoding="utf-8").splitlines()
        return [line.strip() for line in lines if line.strip() and not line.startswith("#")]

    def add(self, signature):
        text = self.file.read_text(encoding="utf-8") if self.file.exists() else _HEAD
        partial = self.file.with_suffix(".partial")
        partial.write_text(f"{text}{signature}\n", encoding="utf-8")
        os.replace(partial, self.file)

    def variables(self):
        """For the environment of a target."""
        return {"GCMAP_KNOWN": str(self.file), "GCMAP_KNOWN_KEPT": str(self.folder)}

    def take_counts(self, counts):
        """Adds what a target set aside by itself: {signature: [count, bytes of the smallest]}."""
        for signature, (count, _) in counts.items():
            self.met[signature] = self.met.get(signature, 0) + count
            self._prune(signature)

    def set_aside(self, signature, program):
        """Counts a failure, and moves the program to the others of its signature."""
        self.met[signature] = self.met.get(signature, 0) + 1
        contents = program.read_bytes()
        place = self.folder / slug(signature) / f"{len(contents)}-{hashlib.sha1(contents).hexdigest()[:12]}.bin"
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(program, place)
        self._prune(signature)

    def kept(self, signature):
        """The programs, the smallest first."""
        folder = self.folder / slug(signature)
        return sorted(folder.glob("*.bin"), key=lambda path: (path.stat().st_size, path.name)) if folder.is_dir() else []

    def _prune(self, signature):
        for path in self.kept(signature)[KEPT:]:
            path.unlink()

    def lines(self):
        """A table of what was met; nothing if nothing was."""
        rows = []
        for signature, count in sorted(self.met.items(), key=lambda item: -item[1]):
            smallest = next(iter(self.kept(signature)), None)
            rows.append([signature, terminal.count(count), smallest.stat().st_size if smallest else "-",
                         project.relative(smallest) if smallest else "-"])
        return terminal.table(HEADER, rows, right=(1, 2)) if rows else []
