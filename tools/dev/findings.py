"""What a fuzzer found: kept, reduced, named after the failure, with the line that repeats it."""

import dataclasses
import hashlib
import pathlib
import re
import shutil

from . import project, terminal


@dataclasses.dataclass
class Reproducer:
    path: pathlib.Path
    signature: str     # e.g. M3@put; empty if the program did not fail again
    operations: int | None
    fault: str | None = None

    def show(self):
        size = f", {self.operations} operations" if self.operations is not None else ""
        print(f"\n{terminal.coloured(self.signature or 'not repeated', 'red')}{size}: {project.relative(self.path)}")
        if self.operations is not None and self.operations <= 30:
            print("".join(f"    {line}\n" for line in self.path.read_text(encoding="utf-8").splitlines()), end="")
        print(f"  repeat: {repeat_line(self.path, self.fault)}")


def repeat_line(path, fault=None, command="replay"):
    planted = f"--fault {fault} " if fault else ""
    return f"./dev {command} {planted}{project.relative(path)}"


def keep(finding, crashes):
    """Copies the failing program into `crashes` under the name of its contents; returns the copy."""
    name = hashlib.sha1(finding.read_bytes()).hexdigest()[:12]
    kept = crashes / f"{name}{finding.suffix}"
    if kept != finding:
        shutil.copyfile(finding, kept)
        if finding.parent == crashes:
            finding.unlink()
    return kept


def reduce(gcmap, kept, reproducers, fault=None):
    """The Reproducer of a kept crash. If it cannot be reduced, the crash itself is the reproducer."""
    reproducers.mkdir(parents=True, exist_ok=True)
    target = reproducers / f"{kept.stem}.txt"
    reduction = gcmap.reduce(kept, target)
    if reduction.signature is None:
        project.warn(f"{project.relative(kept)} was not reduced: {reduction.problem}")
        return Reproducer(kept, "", None, fault)
    named = reproducers / f"{re.sub(r'[^A-Za-z0-9]+', '-', reduction.signature)}-{kept.stem}.txt"
    target.rename(named)
    return Reproducer(named, reduction.signature, reduction.operations, fault)
