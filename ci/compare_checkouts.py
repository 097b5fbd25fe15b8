"""Shows that behaviour did not change between two checkouts of this project: builds both, in build/compare of
each (preset fuzz-fast), and lets them do the same. Skips nothing.

    python3 ci/compare_checkouts.py OLD NEW [--seed N] [--count N] [--schedules] [--without-metadata]

  corpus      the digest of every program of the corpus; a file that NEW lacks is a difference, one that
              it adds is named
  recordings  what gcmap go-trace says of every recording of Go's map, and the programs gcmap windows cuts
              from them
  generator   the programs that generator, mutator and reducer make of one seed, byte by byte
  generated   the digest of each of those that OLD made
  schedules   with --schedules: how many schedules each program of every_schedule_test.cc has, and that
              all pass

  --seed N            of the programs to generate (default 1)
  --count N           how many (default 1000), about maps and about the heap in turn
  --without-metadata  digests leave out how large the heap's own descriptions are: for commits that change
                      their layout

Exit code: 0 no difference, 1 a difference or nothing to compare, 2 a folder is no checkout that can be built.
"""

import argparse
import concurrent.futures
import dataclasses
import os
import pathlib
import re
import subprocess
import sys
import tempfile

CI = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(CI.parent / "tools"))
from dev import corpus, project  # noqa: E402

PRESET = "fuzz-fast"
SHOWN_MAX = 10  # differences of one kind that are printed
SELECTED = 4    # windows cut from a recording
WALK = re.compile(r"^(\S+): (\d+) schedules of up to (\d+) places", re.MULTILINE)


@dataclasses.dataclass
class Checkout:
    """A built checkout: its root and the programs that speak for it."""
    name: str
    root: pathlib.Path
    digests: pathlib.Path
    gcmap: pathlib.Path
    make_programs: pathlib.Path
    schedules: pathlib.Path

    def run(self, *command, cwd=None):
        """(exit code, both streams) of a program, started where names of files are the same in
        both checkouts."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("GCMAP_", "GTEST_"))}
        result = subprocess.run([str(word) for word in command], cwd=cwd or self.root, env=environment, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
        return result.returncode, result.stdout


def build(name, root, targets):
    """Builds the checkout; project.Stop with one line if that cannot be."""
    if not (root / "CMakePresets.json").is_file() or not (root / "harness").is_dir():
        raise project.Stop(f"{root} is no checkout of this project")
    folder = root / "build" / "compare"
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "compare.log"
    steps = (["cmake", "--preset", PRESET, "-S", root, "-B", folder, f"-DCMAKE_PROJECT_INCLUDE={CI / 'compare_checkouts.cmake'}"],
             ["cmake", "--build", folder, "--parallel", project.jobs(), "--target", *targets])
    with open(log, "w", encoding="utf-8") as output:
        for step in steps:
            print(f"{name}: {' '.join(str(word) for word in step[:3])}", file=sys.stderr, flush=True)
            if subprocess.run([str(word) for word in step], cwd=root, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False).returncode:
                raise project.Stop(f"{root} cannot be built; {log} says why")
    gcmap = next((path for path in sorted((folder / "harness").rglob("gcmap")) if path.is_file()), None)
    if gcmap is None:
        raise project.Stop(f"{root} builds no program gcmap below {folder / 'harness'}")
    return Checkout(name, root, folder / "ci" / "digests", gcmap, folder / "compared" / "make_programs", folder / "compared" / "schedules")


def require_without_metadata(checkout):
    if checkout.run(checkout.digests, "--without-metadata")[0] != 0:
        raise project.Stop(f"{checkout.root}: its digest driver has no --without-metadata")


def files_of(checkout, pattern, folders=("corpus",)):
    return {str(path.relative_to(checkout.root)) for folder in folders for path in (checkout.root / folder).rglob(pattern)}


def common(old, new, pattern, folders):
    """The files both have, sorted; a difference for each that NEW lacks, a note for each that it adds."""
    ours, theirs = (files_of(checkout, pattern, folders) for checkout in (old, new))
    return (sorted(ours & theirs), [f"only in {old.name}: {name}" for name in sorted(ours - theirs)],
            [f"only in {new.name}: {name}" for name in sorted(theirs - ours)])


def lines_differ(old_lines, new_lines, expected):
    """What is wrong with what OLD and NEW printed, one entry per difference. A program that ends before it
    has said everything hides the rest: `expected` lines, from both."""
    wrong = [f"{name} printed {len(lines)} lines, not {expected}: {lines[-1] if lines else 'nothing'}"
             for name, lines in (("OLD", old_lines), ("NEW", new_lines)) if len(lines) != expected]
    return wrong + [f"OLD: {ours}\nNEW: {theirs}" for ours, theirs in zip(old_lines, new_lines) if ours != theirs]


def digests_differ(old, new, files, flags, cwd=(None, None)):
    """Compares the digests of the files, which both sides know by the same names."""
    if not files:
        return ["no programs: nothing was compared"]
    chunks = [files[at::project.jobs()] for at in range(min(project.jobs(), len(files)))]
    wrong = []
    with concurrent.futures.ThreadPoolExecutor(project.jobs()) as pool:
        for (_, ours), (_, theirs), chunk in zip(
                pool.map(lambda chunk: old.run(old.digests, *flags, *chunk, cwd=cwd[0]), chunks),
                pool.map(lambda chunk: new.run(new.digests, *flags, *chunk, cwd=cwd[1]), chunks), chunks):
            wrong += lines_differ(ours.splitlines(), theirs.splitlines(), len(chunk))
    return wrong


def compare_corpus(old, new, flags):
    files, lost, added = common(old, new, "*.txt", [f"corpus/{folder}" for folder in corpus.FOLDERS])
    return f"{len(files)} programs", lost + digests_differ(old, new, files, flags), added


def trees_differ(old_folder, new_folder):
    """Compares what two folders hold, byte by byte."""
    ours, theirs = ({path.name: path.read_bytes() for path in folder.iterdir()} for folder in (old_folder, new_folder))
    if not ours:
        return ["no files: nothing was compared"]
    return [f"{name}: {'differs' if name in ours and name in theirs else 'only OLD makes it' if name in ours else 'only NEW makes it'}"
            for name in sorted(ours.keys() | theirs.keys()) if ours.get(name) != theirs.get(name)]


def compare_recordings(old, new, flags, scratch):
    recordings, lost, added = common(old, new, "*.trace.gz", ["corpus"])
    if not recordings:
        return "no recordings", ["no recordings: nothing was compared", *lost], added
    said = [checkout.run(checkout.gcmap, "go-trace", *recordings)[1].splitlines() for checkout in (old, new)]
    wrong = lost + lines_differ(*said, len(recordings))
    folders = []
    for checkout in (old, new):
        folders.append(scratch / f"windows-{checkout.name}")
        folders[-1].mkdir()
        for recording in recordings:
            if "/u64-" in recording:  # the key kind that programs can repeat
                code, words = checkout.run(checkout.gcmap, "windows", recording, folders[-1], "--select", SELECTED)
                wrong += [] if code == 0 else [f"{checkout.name}: {words.strip()}"]
    wrong += trees_differ(*folders)
    cut = sorted(path.name for path in folders[0].iterdir())
    wrong += digests_differ(old, new, cut, flags, folders[:1] * 2)
    return f"{len(recordings)} recordings, {len(cut)} programs cut from them", wrong, added


def compare_generator(old, new, scratch, seed, count):
    """Returns also the folder of OLD's programs."""
    folders, wrong = [], []
    for checkout in (old, new):
        folders.append(scratch / f"generated-{checkout.name}")
        folders[-1].mkdir()
        code, words = checkout.run(checkout.make_programs, folders[-1], seed, count)
        wrong += [] if code == 0 else [f"{checkout.name}: make_programs ended with {code}: {words.strip()}"]
    made = len(list(folders[0].iterdir()))
    reduced = len(list(folders[0].glob("*-reduced.txt")))
    return (f"{made - reduced} programs and {reduced} reductions of seed {seed}", wrong + trees_differ(*folders), []), folders[0]


def compare_generated(old, new, flags, folder):
    files = sorted(path.name for path in folder.iterdir())
    return f"{len(files)} programs", digests_differ(old, new, files, flags, (folder, folder)), []


def walk(checkout):
    """{program: (schedules, places)} of a checkout, and what went wrong."""
    def shard(index):
        return checkout.run("env", f"GTEST_TOTAL_SHARDS={project.jobs()}", f"GTEST_SHARD_INDEX={index}", checkout.schedules)
    walked, wrong = {}, []
    with concurrent.futures.ThreadPoolExecutor(project.jobs()) as pool:
        for code, output in pool.map(shard, range(project.jobs())):
            walked |= {name: (int(schedules), int(places)) for name, schedules, places in WALK.findall(output)}
            wrong += [] if code == 0 else [f"{checkout.name}: a walk failed ({code}):\n{output[-1500:]}"]
    return walked, wrong


def walks_differ(ours, theirs):
    if not ours:
        return ["no walk: nothing was compared"]
    return [f"{name}: schedules and places {ours.get(name, 'not walked')} in OLD, {theirs.get(name, 'not walked')} in NEW"
            for name in sorted(ours.keys() | theirs.keys()) if ours.get(name) != theirs.get(name)]


def compare_schedules(old, new):
    (ours, wrong), (theirs, also_wrong) = walk(old), walk(new)
    total = sum(schedules for schedules, _ in ours.values())
    return f"{len(ours)} walks, {total} schedules", wrong + also_wrong + walks_differ(ours, theirs), []


def report(title, outcome):
    """Prints what a comparison came to; returns whether all was equal."""
    compared, wrong, notes = outcome
    print(f"{title:<10}  {compared}: {'equal' if not wrong else f'{len(wrong)} differences'}", flush=True)
    for line in [*notes, *wrong[:SHOWN_MAX], *([f"and {len(wrong) - SHOWN_MAX} more"] if len(wrong) > SHOWN_MAX else [])]:
        print("  " + line.replace("\n", "\n  "), flush=True)
    return not wrong


def compare(old, new, arguments):
    """All comparisons, each reported; returns whether all was equal."""
    flags = ["--without-metadata"] if arguments.without_metadata else []
    with tempfile.TemporaryDirectory() as name:
        scratch = pathlib.Path(name)
        equal = [report("corpus", compare_corpus(old, new, flags)), report("recordings", compare_recordings(old, new, flags, scratch))]
        generator, folder = compare_generator(old, new, scratch, arguments.seed, arguments.count)
        equal += [report("generator", generator), report("generated", compare_generated(old, new, flags, folder))]
        if arguments.schedules:
            equal.append(report("schedules", compare_schedules(old, new)))
    return all(equal)


def parse(words):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", type=pathlib.Path, metavar="OLD")
    parser.add_argument("new", type=pathlib.Path, metavar="NEW")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--schedules", action="store_true")
    parser.add_argument("--without-metadata", action="store_true")
    return parser.parse_args(words)


def main(words, make=build):
    arguments = parse(words)
    roots = [path.resolve() for path in (arguments.old, arguments.new)]
    targets = ["digests", "gcmap_cli", "make_programs", *(["schedules"] if arguments.schedules else [])]
    try:
        if roots[0] == roots[1]:
            raise project.Stop(f"{roots[0]} is OLD and NEW: nothing would be compared")
        old, new = (make(name, root, targets) for name, root in zip(("OLD", "NEW"), roots))
        if arguments.without_metadata:
            require_without_metadata(old)
            require_without_metadata(new)
    except project.Stop as stop:
        print(f"compare_checkouts: {stop}", file=sys.stderr)
        return project.USAGE
    return project.OK if compare(old, new, arguments) else project.FOUND


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
