"""The rules of the house that a program can check. Each check takes the project's root and returns lines
"file:line: what is wrong"; empty when all is well. checks_test.py feeds each one a tree that breaks it.

    python3 ci/checks.py [--root DIR] layers|sizes|classes|hooks|invariants|promises|faults|words|headers
"""

import argparse
import ast
import graphlib
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))
import cpp_classes  # noqa: E402
from cpp_sources import includes, sources  # noqa: E402
from dev import faults as fault_files  # noqa: E402
from dev import project  # noqa: E402
from headers import headers  # noqa: E402
from promises import promises  # noqa: E402
from words import words  # noqa: E402

# The layers, left to right; an include never points right. What lies outside lib/ comes last, side by side.
LAYERS = ["base", "alloc", "gc", "map", "observe", "harness", "targets"]
FOLDER_LAYER = {"lib/base": "base", "lib/alloc": "alloc", "lib/gc": "gc", "lib/map": "map", "lib/observe": "observe",
                "harness": "harness", "fuzz": "targets", "properties": "targets", "bench": "targets", "ci": "targets"}
# Public headers belong to the layer whose interface they are; beneath them lies, by layer, what they include
# of ours.
PUBLIC = "lib/include/gcmap"
INTERNAL = PUBLIC + "/internal"
PUBLIC_LAYER = {"out_of_memory.h": "alloc", "heap.h": "gc", "handles.h": "gc", "step.h": "gc", "weak.h": "gc", "finalizer.h": "gc", "reference_queue.h": "gc", "weak_key_map.h": "gc", "map.h": "map", "misuse_error.h": "map", "string.h": "map", "observe.h": "observe",
                "gcmap.h": "observe", "arena.h": "gc", "pool.h": "gc", "weak_value_map.h": "map"}
# Layers within gc, left to right. All rooms know what it declares, in public headers or internal/gc; what
# defines that is lib/gc itself.
GC_ROOMS = ["pacing", "declarations", "lifetime", "cycle", "verify", "gc"]
GC_PUBLIC_ROOM = {header: "lifetime" for header in ("arena.h", "pool.h", "reference_queue.h", "weak_key_map.h")}
# Layers within the harness: a row for each room, bottom up, in its CMakeLists.txt, and the same in
# its README.
ROOMS = "harness/CMakeLists.txt"
ROOM = re.compile(r"gcmap_room\((\w+)([^)]*)\)")
ROOM_COLUMNS = ["room", "what it holds", "may include"]

FILE_LINES_MAX = 600
FUNCTION_LINES_MAX = 70
# Of a class of the harness. One that shows or holds more is two.
PUBLIC_FUNCTIONS_MAX = 25
DATA_MEMBERS_MAX = 15
# A test hook is production code that exists for a test, or changes when one is built.
HOOK = re.compile(r"for_?testing\b|\bFUZZING_BUILD|\bGCMAP_(TEST|FUZZ|PLANT)|\bFRIEND_TEST\b|gtest", re.IGNORECASE)


def layer_of(name):
    """The layer of a file by its path, and what is wrong if it has none."""
    if name.startswith(INTERNAL + "/"):
        return FOLDER_LAYER.get("lib/" + name[len(INTERNAL) + 1:].partition("/")[0])
    if name.startswith(PUBLIC + "/"):
        return PUBLIC_LAYER.get(name[len(PUBLIC) + 1:])
    for folder, layer in FOLDER_LAYER.items():
        if name.startswith(folder + "/"):
            return layer
    return None


def layers(root):
    rooms, wrong = read_rooms(root)
    used = set()  # (room, layer or room) where a file of the first includes one of the second
    graph = {}  # file: the files it includes
    for path, name in sources(root, ["lib", *[folder for folder in FOLDER_LAYER if not folder.startswith("lib/")]]):
        if layer_of(name) is None:
            wrong.append(f"{name}:1: in no layer; ci/checks.py lists the layers and the public headers of each")
            continue
        if layer_of(name) == "harness" and room_of(name) not in rooms:
            wrong.append(f"{name}:1: in no room; {ROOMS} lists them")
            continue
        if layer_of(name) == "gc" and gc_room_of(name) not in GC_ROOMS:
            wrong.append(f"{name}:1: in no room of gc: {', '.join(GC_ROOMS)}; lib/README.md says what each holds")
            continue
        targets = graph[name] = set()
        for number, target, problem in includes(root, path):
            problem = problem or (target and wrong_include(name, target, rooms))
            wrong += [f"{name}:{number}: {problem}"] if problem else []
            targets |= {target} if target else set()
        of_rooms = {room_of(target) or layer_of(target) for target in targets if not is_test(target)}
        if not is_test(name):
            used |= {(room_of(name), other) for other in of_rooms}
        elif name.endswith("_test.cc") and room_of(name) and room_of(name) not in map(room_of, targets):
            wrong.append(f"{name}:1: tests nothing of room {room_of(name)}: it lies beside what it tests")
    wrong += [f"{ROOMS}:1: room {room} may include {other}, and no file of it does"
              for room, may in rooms.items() for other in may if (room, other) not in used]
    return wrong + (circle(graph) or circle(by_folder(graph)))


def circle(graph):
    """A line about a circle in {file or folder: those it includes}, if there is one."""
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        round_trip = error.args[1][::-1]
        return [f"{round_trip[0]}:1: includes itself in the end: {' -> '.join(round_trip)}"]
    return []


def by_folder(graph):
    """The graph with every folder within a room taken for one file, tests apart."""
    found = {}
    for name, targets in graph.items():
        found.setdefault(unit_of(name), set()).update({unit_of(target) for target in targets} - {unit_of(name)})
    return found


def unit_of(name):
    folder = name.rpartition("/")[0]
    return folder if room_of(name) and folder != f"harness/{room_of(name)}" and not is_test(name) else name


def wrong_include(name, target, rooms):
    """What is wrong with the file `name` including the file `target`, or None."""
    layer, other = layer_of(name), layer_of(target)
    if other is None or LAYERS.index(other) > LAYERS.index(layer):
        return f"layer {layer} includes {target} of layer {other}, which lies to its right"
    if room_of(target) and is_test(target) and not is_test(name):
        return f"{target} is for tests alone"
    if layer == other == "gc" and not is_test(name):
        room, room_there = gc_room_of(name), gc_room_of(target)
        if room_there in GC_ROOMS and GC_ROOMS.index(room_there) > GC_ROOMS.index(room):
            return f"room {room} of gc includes {target} of room {room_there}, which lies to its right"
    room = room_of(name)
    if room is None or is_test(name):
        return None
    if room_of(target):
        allowed, where = room_of(target) in (room, *rooms[room]), f"room {room_of(target)}"
    else:
        highest = max([LAYERS.index(may) for may in rooms[room] if may in LAYERS], default=-1)
        allowed, where = LAYERS.index(other) <= highest, f"layer {other}"
    return None if allowed else f"room {room} includes {target} of {where}; it may include {', '.join(rooms[room]) or 'nothing'}"


def gc_room_of(name):
    """The room of a file of layer gc, or the folder that should be one."""
    for place, room_of_place in (("lib/gc/", "gc"), (INTERNAL + "/gc/", "declarations")):
        if name.startswith(place):
            return name.removeprefix(place).rpartition("/")[0] or room_of_place
    return GC_PUBLIC_ROOM.get(name.rpartition("/")[2], "declarations")


def room_of(name):
    """The room of a file of the harness, the folders within it being the room's; None of any other file."""
    return name.removeprefix("harness/").rpartition("/")[0].partition("/")[0] if name.startswith("harness/") else None


def is_test(name):
    name = name.rpartition("/")[2]
    return name.endswith("_test.cc") or name.startswith("test_")


def read_rooms(root):
    """{room: the layers of lib/ and the rooms it may include}, bottom up, and what is wrong with them."""
    rooms, wrong = {}, []
    text = (root / ROOMS).read_text(encoding="utf-8") if (root / ROOMS).is_file() else ""
    for number, line in enumerate(text.splitlines(), 1):
        if row := ROOM.match(line):
            room, may = row[1], row[2].split()
            wrong += [f"{ROOMS}:{number}: room {room} may include {other}, which is no layer of lib/ and no room above it"
                      for other in may if other not in rooms and f"lib/{other}" not in FOLDER_LAYER]
            if not any(sources(root, [f"harness/{room}"])):
                wrong.append(f"{ROOMS}:{number}: room {room} has no sources")
            rooms[room] = may
    return rooms, wrong + compare_with_readme(root, rooms)


def compare_with_readme(root, rooms):
    document = "harness/README.md"
    text = (root / document).read_text(encoding="utf-8") if (root / document).is_file() else ""
    described = [(number, cells[0].strip("`/"), re.findall(r"\w+", cells[-1])) for number, cells in table_rows(text, ROOM_COLUMNS)]
    wrong = []
    if [room for _, room, _ in described] != list(rooms):
        wrong.append(f"{document}:1: a table of {', '.join(room for _, room, _ in described) or 'nothing'}; "
                     f"{ROOMS} has the rooms {', '.join(rooms) or '(none)'}")
    for number, room, may in described:
        if room in rooms and may != rooms[room]:
            wrong.append(f"{document}:{number}: room {room} may include {', '.join(rooms[room]) or 'nothing'}, says {ROOMS}")
    return wrong


def without_literals(text):
    """The text with comments, strings and character literals blanked, line breaks kept."""
    pattern = re.compile(r'//[^\n]*|/\*.*?\*/|R"\(.*?\)"|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Fa-f])\'(?:\\.|[^\'\\\n])+\'', re.DOTALL)
    return pattern.sub(lambda match: "\n" * match[0].count("\n"), text)


def functions(text):
    """(first line, lines) of every function body: a brace opened after a parameter list, outside
    any other."""
    text = without_literals(text)
    found, stack, before, line = [], [], "", 1
    for character in text:
        if character == "{":
            header = before.strip()
            inside = any(kind == "function" for kind, _ in stack)
            is_function = not inside and re.search(r"\)\s*(const|noexcept|override|final|->[^;{}]*|:[^;]*|\s)*$", header)
            stack.append(("function" if is_function else "scope", line))
            before = ""
        elif character == "}":
            if stack:
                kind, first = stack.pop()
                if kind == "function":
                    found.append((first, line - first + 1))
            before = ""
        elif character == ";" or (character == ":" and re.search(r"\b(public|private|protected)\s*$", before)):
            before = ""
        else:
            before += character
        line += character == "\n"
    return found


def sizes(root):
    wrong = []
    folders = ["lib", "harness", "fuzz", "properties", "bench", "ci", "tools"]
    for path, name in sources(root, folders, (".h", ".cc", ".def", ".py")):
        text = path.read_text(encoding="utf-8")
        lines = text.count("\n")
        if lines > FILE_LINES_MAX:
            wrong.append(f"{name}:1: {lines} lines; at most {FILE_LINES_MAX}")
        measured = python_functions(text) if path.suffix == ".py" else functions(text)
        for first, length in measured:
            if length > FUNCTION_LINES_MAX:
                wrong.append(f"{name}:{first}: a function of {length} lines; at most {FUNCTION_LINES_MAX}")
    return wrong


def classes(root):
    wrong = []
    for path, name in sources(root, ["harness"], (".h", ".cc")):
        for found in cpp_classes.find(path.read_text(encoding="utf-8")):
            if found.functions > PUBLIC_FUNCTIONS_MAX:
                wrong.append(f"{name}:{found.line}: {found.name} has {found.functions} public functions; at most {PUBLIC_FUNCTIONS_MAX}")
            if found.members > DATA_MEMBERS_MAX:
                wrong.append(f"{name}:{found.line}: {found.name} has {found.members} data members; at most {DATA_MEMBERS_MAX}")
    return wrong


def python_functions(text):
    return [(node.lineno, node.end_lineno - node.lineno + 1) for node in ast.walk(ast.parse(text))
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


def hooks(root):
    wrong = []
    for path, name in sources(root, ["lib"]):
        if name.endswith("_test.cc") or path.name.startswith("test_"):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if hook := HOOK.search(line):
                wrong.append(f"{name}:{number}: '{hook[0]}': lib/ holds no test code; what a test needs is a public, documented door")
    return wrong


def table_rows(text, header):
    """(line number, cells) of the rows of every Markdown table with these columns."""
    rows, inside = [], False
    for number, line in enumerate(text.splitlines(), 1):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.strip().startswith("|") else None
        if cells is None:
            inside = False
        elif [cell.lower() for cell in cells] == header:
            inside = True
        elif inside and not all(re.fullmatch(r":?-+:?", cell) for cell in cells):
            rows.append((number, cells))
    return rows


INVARIANT_COLUMNS = ["id", "statement", "owner", "cost", "checker", "planted faults"]


def files_named(cell):
    return re.findall(r"[\w./-]+\.(?:h|cc|py)", cell)


def invariants(root):
    """docs/INVARIANTS.md, the owner files, the checkers and the faults name the same ids."""
    document = "docs/INVARIANTS.md"
    text = (root / document).read_text(encoding="utf-8") if (root / document).is_file() else ""
    rows = table_rows(text, INVARIANT_COLUMNS)
    if not rows:
        return [f"{document}:1: no table with the columns {' | '.join(INVARIANT_COLUMNS)}"]
    planted = planted_invariants(root)
    wrong, listed, named = [], {}, set()
    for number, cells in rows:
        where = f"{document}:{number}"
        if len(cells) != len(INVARIANT_COLUMNS):
            wrong.append(f"{where}: {len(cells)} cells, not {len(INVARIANT_COLUMNS)}")
            continue
        identity = cells[0].strip("`")
        if identity in listed:
            wrong.append(f"{where}: {identity} is listed twice")
        listed[identity] = number
        for role, cell in (("owner", cells[2]), ("checker", cells[4])):
            if not files_named(cell):
                wrong.append(f"{where}: {identity} has no {role} file")
            for file in files_named(cell):
                if not (root / file).is_file():
                    wrong.append(f"{where}: {role} {file} does not exist")
                elif not re.search(rf"\b{re.escape(identity)}\b", (root / file).read_text(encoding="utf-8")):
                    wrong.append(f"{where}: {role} {file} does not mention {identity}")
        for fault in re.findall(r"[\w-]+", cells[5].replace("`", "")):
            named.add((fault, identity))
            if fault in planted and planted[fault] != identity:
                wrong.append(f"{where}: fault {fault} says it breaks {planted[fault]}, not {identity}")
            elif fault not in planted and fault not in ("-", "none"):
                wrong.append(f"{where}: no fault {fault} in faults/")
    for fault, identity in planted.items():
        if identity not in listed:
            wrong.append(f"{document}:1: fault {fault} breaks {identity}, which is not listed")
        elif (fault, identity) not in named:
            wrong.append(f"{document}:{listed[identity]}: {identity} does not name the fault {fault} that breaks it")
    return wrong


def planted_invariants(root):
    return {identity: fault.head["invariant"] for identity, fault in fault_files.load(root / "faults").items()}


def faults(root):
    """Every fault applies to the sources as they are now, and the test it names is there."""
    try:
        known = fault_files.load(root / "faults")
    except project.Stop as problem:
        return [str(problem)]
    wrong = [] if "canary" in known else ["faults:1: there is no canary"]
    for fault in known.values():
        try:
            fault_files.apply(fault, root)
        except project.Stop as problem:
            wrong.append(str(problem))
        if fault.test and (problem := fault_files.missing_test(fault, root)):
            wrong.append(problem)
    return wrong


CHECKS = {check.__name__: check for check in (layers, sizes, classes, hooks, invariants, promises, faults, words, headers)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[1])
    parser.add_argument("check", choices=sorted(CHECKS))
    arguments = parser.parse_args()
    root = arguments.root.resolve()
    wrong = CHECKS[arguments.check](root) if any(sources(root, ["lib"])) else ["lib:1: no sources: nothing was checked"]
    print("\n".join(wrong) or "ok")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
