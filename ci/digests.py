"""Runs every program of the corpus under several builds of the digest driver; all must print the same.

    python3 ci/digests.py BINARY BINARY...
"""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))
from dev import corpus, project  # noqa: E402


def compare(outputs):
    """{binary: output} -> what is wrong, one line per difference."""
    first, *others = outputs
    wrong, expected = [], outputs[first].splitlines()
    if not expected:
        wrong.append(f"{first} printed nothing")
    for other in others:
        lines = outputs[other].splitlines()
        if len(lines) != len(expected):
            wrong.append(f"{other} printed {len(lines)} lines, {first} {len(expected)}")
        wrong += [f"{first}: {ours}\n{other}: {theirs}" for ours, theirs in zip(expected, lines) if ours != theirs]
    return wrong


def main(binaries):
    programs = [path.relative_to(ROOT) for path in corpus.programs()]
    outputs, codes = {}, {}
    for binary in binaries:
        result = subprocess.run([binary, *programs], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        outputs[binary], codes[binary] = result.stdout, result.returncode
    wrong = compare(outputs)
    wrong += [f"{binary} ended with {code}:\n{outputs[binary][-2000:]}" for binary, code in codes.items() if code != 0]
    print("\n".join(wrong) or f"{len(programs)} programs, the same digests from {len(binaries)} builds")
    return project.FOUND if wrong else project.OK


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
