"""Programs linked anew with some sources changed: only the objects that come from a changed file are
compiled, the rest is that of a build directory that is there already.

What depends on what is ninja's own account of that directory: the commands (`ninja -t compdb`) and the files
each object was compiled from (`ninja -t deps`). The compiler reads the changed files through an overlay of
its file system (clang's -ivfsoverlay): every include finds what it found before, under the same name, with
other text in it. So there is one copy of a header to a translation unit, whichever way it is included.

Protocol: write(directory, programs, changed, place) leaves the changed files and a build.ninja in `place`;
ninja makes the programs there; check(...) says whether the change arrived in any object. Nothing is written
in `directory`.

A precompiled header is read as text by what is compiled anew; its parts are among the files ninja knows of
each object.
"""

import filecmp
import json
import os
import pathlib
import re
import shlex
import subprocess

from . import project

_COMPILER = re.compile(r"clang\+\+(-\d+)?")
_DEPS_OF = re.compile(r"(\S.*): #deps \d+, .*\((\w+)\)")
_DEPENDENCY_FILE_FLAGS = {"-MD": 1, "-MT": 2, "-MF": 2}  # words
OBJECTS = "objects"


class Graph:
    """What the programs of a build directory are made of. Files are named by their absolute paths."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        edges = json.loads(_ninja(self.directory, "-t", "compdb"))
        self._commands = {self.absolute(edge["output"]): shlex.split(edge["command"]) for edge in edges}

    def absolute(self, word):
        return os.path.normpath(os.path.join(self.directory, word))

    def inputs(self, output):
        """The outputs of other commands that the command of `output` names: objects, archives,
        precompiled headers."""
        named = {self.absolute(word): None for word in self._commands[output]}
        return [word for word in named if word != output and word in self._commands]

    def closure(self, outputs):
        """These and all they are made of, what they are made of first."""
        found = {}

        def visit(output):
            if output not in found:
                for other in self.inputs(output):
                    visit(other)
                found[output] = None
        for output in outputs:
            visit(output)
        return list(found)

    def command(self, output, mark):
        """The one of the commands of `output` that has the word `mark`, as words."""
        commands, words = [[]], self._commands[output]
        for word in words:
            if word == "&&":
                commands.append([])
            else:
                commands[-1].append(word)
        for command in commands:
            if mark in command:
                return command
        raise project.Stop(f"{project.relative(output)}: no command with {mark} makes it: {shlex.join(words)}")

    def sources(self, outputs):
        """{output: the files it was compiled from}; an output ninja has no account of is left out."""
        found, current = {}, None
        relative = [os.path.relpath(output, self.directory) for output in outputs]
        for line in _ninja(self.directory, "-t", "deps", *relative).splitlines():
            if head := _DEPS_OF.fullmatch(line):
                current = found.setdefault(self.absolute(head[1]), set()) if head[2] == "VALID" else None
            elif current is not None and line.startswith("    "):
                current.add(self.absolute(line[4:]))
        return found


def _ninja(directory, *words):
    asked = subprocess.run(["ninja", "-C", str(directory), *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, text=True, errors="replace", check=False)
    if asked.returncode != 0:
        raise project.Stop(f"ninja {words[1]} failed in {project.relative(directory)}: {(asked.stderr or asked.stdout).strip()}")
    return asked.stdout


def write(directory, programs, changed, place):
    """Prepares `place` for ninja, which makes the programs there. `programs`: where they lie in `directory`;
    `changed`: {absolute path: new text}. Returns {object in `place`: the one it replaces}."""
    graph = Graph(directory)
    wanted = {graph.absolute(program): os.path.basename(program) for program in programs}
    parts = graph.closure(wanted)
    changed_sources = _changed(graph, parts, set(changed))
    overlay, place = _write_overlay(changed, place), pathlib.Path(place)
    (place / OBJECTS).mkdir()
    replaced, lines = {}, ["rule run", "  command = $run", "  description = $what", ""]
    for number, output in enumerate(parts):
        name = wanted.get(output, f"{OBJECTS}/{number}-{os.path.basename(output)}")
        inputs = [part for part in graph.inputs(output) if part in replaced]
        if output in wanted:
            command = _link(graph, output, place / name, replaced)
        elif output.endswith(".a"):
            command = _archive(graph, output, place / name, replaced) if inputs else None
        else:
            command = _compile(graph, output, place / name, overlay) if output in changed_sources else None
            inputs = []
        if command is not None:
            replaced[output] = str(place / name)
            lines += [f"build {_escaped(name)}: run {' '.join(_escaped(os.path.relpath(replaced[part], place)) for part in inputs)}".rstrip(),
                      f"  run = {_in(directory, command)}", f"  what = {os.path.basename(output)}"]
    (place / "build.ninja").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return {new: old for old, new in replaced.items() if old in changed_sources}


def check(replaced):
    """Whether one of the objects compiled anew is another than the one it replaces."""
    return any(not filecmp.cmp(new, old, shallow=False) for new, old in replaced.items())


def _changed(graph, parts, changed):
    """The objects among `parts` that a changed file is part of, and those of which ninja has no account."""
    objects = [part for part in parts if part.endswith(".o")]
    sources = graph.sources(objects)
    return {part for part in objects if part not in sources or sources[part] & changed}


def _write_overlay(changed, place):
    """The changed files below `place`, and the file that tells the compiler about them."""
    roots = []
    for number, (path, text) in enumerate(sorted(changed.items())):
        copy = pathlib.Path(place) / "changed" / f"{number}-{os.path.basename(path)}"
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(text.encode("utf-8"))
        roots.append({"type": "directory", "name": os.path.dirname(path),
                      "contents": [{"type": "file", "name": os.path.basename(path), "external-contents": str(copy)}]})
    overlay = pathlib.Path(place) / "overlay.json"
    overlay.write_text(json.dumps({"version": 0, "use-external-names": False, "roots": roots}), encoding="utf-8")
    return overlay


def _compile(graph, output, target, overlay):
    """Without a launcher: a compiler cache does not see through the overlay. Without warnings: what a planted
    fault leaves unused is none of its business."""
    words = graph.command(output, "-c")
    compiler = next((number for number, word in enumerate(words) if _COMPILER.fullmatch(os.path.basename(word))), None)
    if compiler is None:
        raise project.Stop(f"{project.relative(output)} was not compiled by clang++, which can plant a fault: {shlex.join(words)}")
    command, at = [words[compiler], "-w", "-ivfsoverlay", str(overlay)], compiler + 1
    while at < len(words):
        if words[at:at + 2] == ["-Xclang", "-include-pch"]:
            at += 4
        elif words[at] in _DEPENDENCY_FILE_FLAGS:
            at += _DEPENDENCY_FILE_FLAGS[words[at]]
        else:
            command.append(str(target) if words[at - 1] == "-o" else words[at])
            at += 1
    return command


def _archive(graph, output, target, replaced):
    """A thin one, a list of its objects: what is in them stays where it is."""
    known = {"qc": "qcT", output: str(target), **{part: replaced.get(part, part) for part in graph.inputs(output)}}
    return [known.get(word) or known.get(graph.absolute(word), word) for word in graph.command(output, "qc")]


def _link(graph, output, target, replaced):
    words = graph.command(output, "-o")
    return [str(target) if before == "-o" else replaced.get(graph.absolute(word), word) for before, word in zip([None, *words], words)]


def _in(directory, command):
    return f"cd {shlex.quote(str(directory))} && {shlex.join(command)}".replace("$", "$$")


def _escaped(path):
    return re.sub(r"([$ :])", r"$\1", path)
