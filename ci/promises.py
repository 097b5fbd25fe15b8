"""Whether docs/PROMISES.md accounts for what the library promises: the check `promises` of checks.py.

The public members are those that the headers of lib/include/gcmap declare; the promises are the sentences, in
their comments and in docs/*.md, that say must, never, until, at most, survives or once. A section of the
document is headed by the files it accounts for. Its rows say what is promised, what exercises it and what
sees it broken:

    ## `pool.h`

    | promise | exercised by | seen by |
    |---|---|---|
    | `Pool::get`, `put`: "comes out as it was put in" | `pool_get`, `pool_put` | MD, G11 |

A name in the first cell is a member, of the class of the name before it if it says none; a phrase in quotes
stands in the sentence it is from, line breaks apart, and anchors it. The other cells name operations and
fields of the configuration, ids of docs/INVARIANTS.md and of verdicts, tests, files, or say "none: why".
"""

import re

import cpp_classes
from words import cxx_comments, markdown_lines

DOCUMENT = "docs/PROMISES.md"
HEADERS = "lib/include/gcmap"
COLUMNS = ["promise", "exercised by", "seen by"]
PROMISE = re.compile(r"\b(?:must|never|until|at most|survives?|(?<!at )once)\b", re.IGNORECASE)
# What begins a paragraph, in the middle of lines too.
_BEGINS_IN_HEADER = re.compile(r"$|\s|(?:Requires|Returns|Errors|Cost|Meaning)\b")
_BEGINS_IN_DOCUMENT = re.compile(r"$|[|#]|\s*(?:[*-]|\d+\.) ")
# Of verdicts, beyond the ids of docs/INVARIANTS.md.
VERDICTS = {"MD", "AS", "UB", "CHECK", "OOM", "HANG"}
_ID = re.compile(r"\b(?:[A-Z]\d+|MD|AS|UB|CHECK|OOM|HANG)\b")
_TEST = re.compile(r"^\s*(?:TEST|TEST_F|TEST_P|TYPED_TEST|GCMAP_PROPERTY)\(\s*(\w+)\s*,\s*(\w+)\s*\)", re.MULTILINE)
_OPERATION = re.compile(r'^OP\(\d+, \w+, "(\w+)"', re.MULTILINE)
_CONFIGURATION = re.compile(r"^CONFIG\((\w+)", re.MULTILINE)


# Members ---------------------------------------------------------------------------------------------------


def name_of(declaration):
    """The name that a declaration gives, or None."""
    text = re.sub(r"\[\[.*?\]\]", " ", cpp_classes.without_templates(declaration))
    text = re.sub(r"requires[^;()]*&&\s*\([^)]*\)|\balignas\([^)]*\)", " ", text).strip()
    if re.search(r"=\s*delete$", text) or re.match(r"(static_assert|friend (class|struct))\b", text):
        return None
    if inherited := re.match(r"using\s+(?:\w+::)*(\w+)::(\w+)", text):
        return None if inherited[2] in (inherited[1], "operator") else inherited[2]
    if re.match(r"using std::", text):
        return None
    if alias := re.match(r"using\s+(\w+)", text):
        return alias[1]
    if operator := re.search(r"operator\s*(\(\)|\[\]|[^\s\w(]+|[\w:]+)\s*\(", text):
        return "operator" + ("" if re.match(r"\W", operator[1]) else " ") + operator[1]
    found = re.search(r"(~?\w+)(?:\[\w*\]|\s+final)?\s*$", re.split(r"[=({]|(?<!:):(?!:)", text)[0])
    return found[1] if found else None


def is_specialization(head):
    """Whether a class is one of a template declared elsewhere: its name has arguments."""
    return re.search(r"\b(?:class|struct)\s+\w+<", head) is not None


def members(header):
    """What a header shows, as "name" and "Class::name", macros and specializations apart."""
    text = re.sub(r"\btemplate\s*<>", "", cpp_classes.blank(header))
    found = set()
    for namespace in re.finditer(r"\bnamespace gcmap\s*\{", text):
        body = text[namespace.end():cpp_classes.closing(text, namespace.end() - 1) - 1]
        found |= shown(body, "", public=True)
    return found


def shown(body, scope, public):
    found = set()
    for declaration, inside in with_bodies(body):
        while access := re.match(r"\s*(public|protected|private)\s*:", declaration):
            public = access[1] == "public"
            declaration = declaration[access.end():]
        kind = re.match(r"\s*(?:template\s*(?:<.*>)?\s*)?(class|struct)\b", declaration, re.DOTALL)
        if not public or (kind and (inside is None or is_specialization(declaration))):
            continue
        if name := name_of(declaration):
            found.add(scope + name)
            if kind:
                found |= shown(inside, f"{scope}{name}::", kind[1] == "struct")
    return found


def with_bodies(body):
    """Every declaration with what its braces hold if it is a class or struct, else None."""
    at = 0
    for declaration in cpp_classes.declarations(body):
        at = body.find(declaration, at) if declaration in body[at:] else at
        end = at + len(declaration)
        is_class = cpp_classes.HEAD.search(cpp_classes.without_templates(declaration).rstrip()) and body[end:end + 1] == "{"
        yield declaration, body[end + 1:cpp_classes.closing(body, end) - 1] if is_class else None
        at = end


# Sentences -------------------------------------------------------------------------------------------------


def sentences(name, text):
    """(line, sentence) of what a header's comments or a document say; a cell of a table is one at least."""
    lines = cxx_comments(text) if name.endswith(".h") else markdown_lines(text)
    begins = _BEGINS_IN_HEADER if name.endswith(".h") else _BEGINS_IN_DOCUMENT
    paragraph, first, last = "", 0, None
    for line in lines:
        if last is None or line.number != last.number + 1 or not (line.alone and last.alone) or begins.match(line.text):
            yield from split(paragraph, first)
            paragraph, first = "", line.number
        paragraph += " " + line.text.strip()
        last = None if line.text.startswith("#") and name.endswith(".md") else line
    yield from split(paragraph, first)


def split(paragraph, first):
    cells = paragraph.split("|") if paragraph.lstrip().startswith("|") else [paragraph]
    return [(first, one.strip()) for cell in cells for one in re.split(r"(?<=[.?])\s+(?=[A-Z`*])", cell) if one.strip()]


# The document ----------------------------------------------------------------------------------------------


def sections(text):
    """(line, files, rows) of each heading that names files."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("#"):
            found.append((number, re.findall(r"`([\w.]+\.(?:h|md))`", line), []))
        elif line.startswith("|") and found:
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
            if [cell.lower() for cell in cells] != COLUMNS and not all(re.fullmatch(r":?-+:?", cell) for cell in cells):
                found[-1][2].append((number, cells))
    return [section for section in found if section[1]]


def members_named(cell):
    scope, named = "", []
    for name in re.findall(r"`([^`]+)`", re.sub(r'"[^"]*"', "", cell)):
        if qualified := re.match(r"(?:\w+::)+", name):
            scope = qualified[0]
        named.append((name, name if qualified else scope + name))
    return named


def quotes(cell):
    return re.findall(r'"([^"]+)"', cell)


def names(root):
    """What the cells may name: those that exercise, those that see, those that do both."""
    def read(name):
        return (root / name).read_text(encoding="utf-8") if (root / name).is_file() else ""

    operations = set(_OPERATION.findall(read("harness/program/op.def"))) | set(_CONFIGURATION.findall(read("harness/program/config.def")))
    ids = set(re.findall(r"^\| `?([A-Z]\d+)`? \|", read("docs/INVARIANTS.md"), re.MULTILINE)) | VERDICTS
    tests = set()
    for folder in ("lib", "harness", "properties"):
        for path in (root / folder).rglob("*_test.cc"):
            tests |= {f"{suite}.{name}" for suite, name in _TEST.findall(path.read_text(encoding="utf-8"))}
    return operations, ids, tests | {test.partition(".")[0] + ".*" for test in tests}


def promises(root):
    """docs/PROMISES.md has a row for every public member and every promise, and names what there is."""
    files = {path.name: path for path in [*sorted((root / HEADERS).glob("*.h")), *sorted((root / "docs").glob("*.md"))]
             if path.name != "PROMISES.md"}
    text = (root / DOCUMENT).read_text(encoding="utf-8") if (root / DOCUMENT).is_file() else ""
    wrong, accounted, known = [], set(), names(root)
    for number, of_files, rows in sections(text):
        wrong += [f"{DOCUMENT}:{number}: no file {name}" for name in of_files if name not in files]
        accounted |= set(of_files)
        wrong += compare(root, [files[name] for name in of_files if name in files], rows)
        for line, cells in rows:
            if len(cells) != len(COLUMNS):
                wrong.append(f"{DOCUMENT}:{line}: {len(cells)} cells, not {len(COLUMNS)}")
                continue
            wrong += [f"{DOCUMENT}:{line}: {COLUMNS[column]}: {problem}" for column in (1, 2)
                      if (problem := wrong_cell(root, cells[column], column, *known))]
    left_out = [path for name, path in files.items() if name not in accounted]
    return wrong + compare(root, left_out, [])


def compare(root, paths, rows):
    """What the files show and promise against the rows of their section."""
    wrong = []
    said = [(path.relative_to(root), line, sentence) for path in paths for line, sentence in sentences(path.name, path.read_text(encoding="utf-8"))]
    public = {name: path.relative_to(root) for path in paths if path.suffix == ".h" for name in members(path.read_text(encoding="utf-8"))}
    named, quoted = set(), set()
    for line, cells in rows:
        for short, full in members_named(cells[0]):
            name = full if full in public else short
            wrong += [] if name in public else [f"{DOCUMENT}:{line}: no public member {full}"]
            named.add(name)
        for quote in quotes(cells[0]):
            quoted.add(quote)
            if not any(quote in sentence for _, _, sentence in said):
                wrong.append(f'{DOCUMENT}:{line}: nobody says "{quote}" any more')
    wrong += [f"{public[name]}:1: {name} has no row in {DOCUMENT}" for name in sorted(set(public) - named)]
    return wrong + [f"{file}:{line}: a promise without a row in {DOCUMENT}: {sentence}" for file, line, sentence in said
                    if PROMISE.search(sentence) and not any(quote in sentence for quote in quoted)]


def wrong_cell(root, cell, column, operations, ids, tests):
    """What is wrong with the cell that says what exercises (1) or sees (2) a promise, or None."""
    if re.match(r"none: \w", cell):
        return None
    named = re.findall(r"`([^`]+)`", cell)
    of_verdicts = _ID.findall(re.sub(r"`[^`]*`", "", cell))
    right = (operations if column == 1 else set()) | tests
    unknown = [name for name in named if name not in right and not ("/" in name and (root / name).is_file())]
    unknown += [name for name in of_verdicts if column == 1 or name not in ids]
    if unknown:
        return f"there is no {', '.join(unknown)}"
    return None if named or of_verdicts else "names nothing, and no reason (none: why)"
