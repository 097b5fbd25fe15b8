"""What a fuzzer found: kept, reduced, named after the failure, with the line that repeats it."""

import dataclasses
import hashlib
import os
import pathlib
import re
import shlex
import shutil

from . import project, terminal
from .gcmap import operations_of

REDUCTION_SECONDS = 120  # what it has come to by then is the result


@dataclasses.dataclass
class Reproducer:
    path: pathlib.Path
    signature: str     # e.g. M3@put; empty if the program did not fail again
    operations: int | None
    fault: str | None = None
    fast: bool = False  # it takes the fast build to see it
    origin: str = ""    # where it was met, if not by mutation: "shown by corpus/seeds/first.txt"
    interrupted: bool = False  # which ended the reduction
    clean: str = ""     # of a planted fault: what is wrong if the library without it does not pass

    def show(self):
        print("\n" + terminal.coloured(self.signature or "not repeated", "red") + "\n".join(self.lines()))

    def lines(self):
        """What there is to say behind the signature."""
        size = f", {self.operations} operations" if self.operations is not None else ""
        lines = [f"{size}: {project.relative(self.path)}", *([f"  {self.origin}"] if self.origin else [])]
        if self.clean:
            lines.append(f"  the library without {self.fault} {self.clean}")
        if self.operations is not None and self.operations <= 30:
            lines += [f"    {terminal.printable(line)}" for line in self.path.read_text(encoding="utf-8", errors="replace").splitlines()]
        return lines + [f"  repeat: {self.repeat_line()}"]

    def repeat_line(self, command="replay"):
        flags = (f"--fault {self.fault} " if self.fault else "") + ("--fast " if self.fast else "")
        if self.path.suffix != ".txt":  # what an engine made may look like no program
            flags += "--any-bytes "
        return f"./dev {command} {flags}{shlex.quote(project.relative(self.path))}"


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
    """The Reproducer of a crash that the build `found_by` met. `gcmaps`: {build: Gcmap}. The sanitized build,
    where there is one, repeats and reduces it; a failure it does not repeat is the fast build's. If neither
    can reduce it, the crash itself is the reproducer."""
    reproducers.mkdir(parents=True, exist_ok=True)
    partial = reproducers / f".{kept.stem}.partial.txt"
    status, problems, interrupted = terminal.Status(), [], False
    for build in sorted(gcmaps, key=lambda build: build == "fast"):
        partial.unlink(missing_ok=True)
        reduction = gcmaps[build].reduce(kept, partial, REDUCTION_SECONDS, lambda said, build=build: status.update(f"reduces it, {build}: {said}"))
        interrupted = reduction.interrupted
        if reduction.signature is not None:
            status.finish()
            named = reproducers / f"{re.sub(r'[^A-Za-z0-9]+', '-', reduction.signature)}-{kept.stem}.txt"
            operations = _settle(partial, named, reduction, gcmaps[build])
            return Reproducer(named, reduction.signature, operations, fault, build == "fast", interrupted=interrupted,
                              clean=reduction.clean)
        problems.append(f"{build}: {reduction.problem}")
        if interrupted:
            break
    status.finish()
    partial.unlink(missing_ok=True)
    project.warn(f"{project.relative(kept)} was not reduced: {'; '.join(problems)}")
    return Reproducer(kept, "", None, fault, found_by == "fast", interrupted=interrupted)


def _settle(partial, named, reduction, gcmap):
    """Makes `partial` the program `named`, unless an earlier reduction has come further and is not known to
    pass; returns how many operations it has."""
    if named.exists() and (before := operations_of(named)) <= reduction.operations and gcmap.signature(named) != "":
        partial.unlink()
        return before
    os.replace(partial, named)
    return reduction.operations
