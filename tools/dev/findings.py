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
    fast: bool = False  # it takes the fast build to see it

    def show(self):
        size = f", {self.operations} operations" if self.operations is not None else ""
        print(f"\n{terminal.coloured(self.signature or 'not repeated', 'red')}{size}: {project.relative(self.path)}")
        if self.operations is not None and self.operations <= 30:
            print("".join(f"    {terminal.printable(line)}\n" for line in self.path.read_text(encoding="utf-8").splitlines()), end="")
        print(f"  repeat: {self.repeat_line()}")

    def repeat_line(self, command="replay"):
        flags = (f"--fault {self.fault} " if self.fault else "") + ("--fast " if self.fast else "")
        return f"./dev {command} {flags}{project.relative(self.path)}"


def keep(finding, crashes):
    """Copies the failing program into `crashes` under the name of its contents; returns the copy."""
    name = hashlib.sha1(finding.read_bytes()).hexdigest()[:12]
    kept = crashes / f"{name}{finding.suffix}"
    if kept != finding:
        shutil.copyfile(finding, kept)
        if finding.parent == crashes:
            finding.unlink()
    return kept


def reduce(gcmaps, found_by, kept, reproducers, fault=None):
    """The Reproducer of a crash that the build `found_by` met. `gcmaps`: {build: Gcmap}. The sanitized build, where
    there is one, repeats and reduces it; a failure it does not repeat is the fast build's. If neither can reduce
    it, the crash itself is the reproducer."""
    reproducers.mkdir(parents=True, exist_ok=True)
    target = reproducers / f"{kept.stem}.txt"
    problems = []
    for build in sorted(gcmaps, key=lambda build: build == "fast"):
        reduction = gcmaps[build].reduce(kept, target)
        if reduction.signature is not None:
            named = reproducers / f"{re.sub(r'[^A-Za-z0-9]+', '-', reduction.signature)}-{kept.stem}.txt"
            target.rename(named)
            return Reproducer(named, reduction.signature, reduction.operations, fault, build == "fast")
        problems.append(f"{build}: {reduction.problem}")
    project.warn(f"{project.relative(kept)} was not reduced: {'; '.join(problems)}")
    return Reproducer(kept, "", None, fault, found_by == "fast")
