"""What comments and documents may not say: the check `words` of checks.py.

    unknown     an identifier that is nowhere in the code of the tree, literals that are no names left out
    lone-word   a line of a comment on which the formatter left one word
    wide        prose of more than PROSE_COLUMNS_MAX columns
    label       what a declaration requires, returns, throws or costs, hidden in the middle of a line of a comment
    dead-file   a file that nobody includes, builds, imports, links or mentions

Comments are those of C++, Python, CMake and shell, and the docstrings of Python; documents are Markdown. What
is no prose may be wide: tables, headings, blocks of code, lines with a link, tables drawn in comments, rows
of .def files. Tables and headings too name only what there is.
"""

import ast
import dataclasses
import io
import pathlib
import re
import tokenize

PROSE_COLUMNS_MAX = 110
CXX = (".h", ".cc", ".def")
SKIPPED = re.compile(r"build[^/]*/|reproducers/|\.git/|\.fuzz/|(?:.*/)?__pycache__/")  # what .gitignore leaves out, and git's


@dataclasses.dataclass(frozen=True)
class Line:
    """A line of a comment or a document, without what makes it one."""
    number: int
    text: str      # behind the mark of the comment, as it is indented
    columns: int   # of the whole line
    alone: bool    # nothing but the comment is on the line


def tree(root):
    """(path, name) of every file that the project's people write."""
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if not SKIPPED.match(name) and path.is_file():
            yield path, name


# Comments --------------------------------------------------------------------------------------------------

_CXX_TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Fa-f])\'(?:\\.|[^\'\\\n])+\'', re.DOTALL)


def cxx_comments(text):
    lines, found = text.split("\n"), []
    for token in _CXX_TOKEN.finditer(text):
        if not token[0].startswith("/"):
            continue
        first = text.count("\n", 0, token.start()) + 1
        for number, part in enumerate(token[0].split("\n"), first):
            before = lines[number - 1][:lines[number - 1].find(part)]
            found.append(Line(number, re.sub(r"^\s*(//+|/\*+|\*/?) ?", "", part), len(lines[number - 1]), not before.strip()))
    return found


def is_name(literal):
    """Whether a literal is nothing but a name: of a kind, a key, a variable. What else is quoted is prose."""
    return re.fullmatch(r"""["'][A-Za-z_]\w*["']""", literal) is not None


def cxx_code(text):
    """Without comments, and without literals that are no names."""
    return _CXX_TOKEN.sub(lambda token: token[0] if is_name(token[0]) else " ", text)


def hash_comments(text):
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        if (match := re.search(r"(?:^|\s)#+ (.*)$", line)) and line[:match.start()].count('"') % 2 == 0:
            found.append(Line(number, match[1], len(line), not line[:match.start()].strip()))
    return found


def tokens(text):
    return tokenize.generate_tokens(io.StringIO(text).readline)


def docstring_lines(text):
    """(number, indentation) of each."""
    return [(number, node.body[0].col_offset) for node in ast.walk(ast.parse(text))
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and ast.get_docstring(node) is not None
            for number in range(node.body[0].lineno, node.body[0].end_lineno + 1)]


def python_comments(text):
    """Comments, and the lines of docstrings."""
    lines = text.split("\n")
    found = [Line(number, lines[number - 1][indentation:], len(lines[number - 1]), True)
             for number, indentation in docstring_lines(text)]
    for token in tokens(text):
        if token.type == tokenize.COMMENT:
            (number, column), line = token.start, lines[token.start[0] - 1]
            found.append(Line(number, token.string.lstrip("#").removeprefix(" "), len(line), not line[:column].strip()))
    return sorted(found, key=lambda line: line.number)


def python_code(text):
    """Its names, and the literals that are names."""
    return " ".join(token.string for token in tokens(text)
                    if token.type == tokenize.NAME or (token.type == tokenize.STRING and is_name(token.string)))


def markdown_lines(text):
    """The lines outside blocks of code."""
    fenced = False
    for number, line in enumerate(text.split("\n"), 1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif not fenced and not re.match(r"    \S", line):
            yield Line(number, line, len(line), True)


def markdown_prose(text):
    """The lines outside blocks of code, tables and headings."""
    return [line for line in markdown_lines(text) if not re.match(r"\s*\||#", line.text)]


def markdown_names(text):
    """The lines in which names of ours stand: prose, headings and tables. A first column that is headed by
    Go or std:: holds names of others."""
    of_others = None  # within a table: whether its first column is theirs
    for line in markdown_lines(text):
        if not re.match(r"\s*\|", line.text):
            of_others = None
            yield line
            continue
        first = line.text.split("|")[1]
        if of_others is None:
            of_others = re.search(r"\bGo\b|std::", first) is not None
        yield dataclasses.replace(line, text=line.text.replace(first, " ", 1)) if of_others else line


def read(path):
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def speaks_by_hash(name, text):
    return name.endswith((".cmake", ".sh", "CMakeLists.txt")) or text.startswith("#!")


def prose_of(name, text):
    """The lines of a file in which people speak; none of a file that is data."""
    suffix = pathlib.PurePosixPath(name).suffix
    if suffix in CXX:
        return cxx_comments(text)
    if suffix == ".py":
        return python_comments(text)
    if suffix == ".md":
        return markdown_prose(text)
    return hash_comments(text) if speaks_by_hash(name, text) else []


def code_of(name, text):
    suffix = pathlib.PurePosixPath(name).suffix
    if suffix in (*CXX, ".go"):
        return cxx_code(text)
    if suffix == ".py":
        return python_code(text)
    if suffix == ".md":
        return ""
    if suffix == ".fault":  # blocks of code below a head that is prose
        return cxx_code(text.partition("\n---")[2])
    return re.sub(r"(?m)(?:^|\s)#.*", "", text) if speaks_by_hash(name, text) else text


# Identifiers -----------------------------------------------------------------------------------------------

_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
# What only an identifier looks like: CamelCase, kConstant, snake_case, called().
_NAMED = re.compile(r"(?<![\w:$.-])(?:[A-Z][a-z0-9]+(?:[A-Z][a-z0-9]*)+|k[A-Z]\w+|[a-z]\w*_\w+|[A-Za-z_]\w*(?=\(\)))(?![\w<*{-])")
_QUOTED = re.compile(r"`((?:[A-Za-z_]\w*(?:::|\.|->))*~?[A-Za-z_]\w*(?:\(\))?)`")
# Names of others, and those that docs/STYLE.md gives as examples.
FOREIGN = {"FreeOSMemory", "JuliaLang", "MADV_HUGEPAGE", "MurmurHash3", "NaN", "RapidCheck", "SplitMix64", "TestGcPacer", "max_success",
           "mgcpacer_test", "stl_algo"}
UNITS = {"KiB", "MiB", "GiB"}
EXAMPLES = {"CamelCase", "snake_case", "snake_case_test", "member_", "GCMAP_MACRO", "helpers", "manager", "utils"}
_FILE_NAME = re.compile(r"[\w./-]+\.(?:h|cc|def|py|md|sh|go|txt|fault|json|cmake)\b")


def unknown(files):
    known = set(FOREIGN | UNITS | EXAMPLES)
    for name, text in files.items():
        known.update(_IDENTIFIER.findall(name.replace("-", "_")), _IDENTIFIER.findall(code_of(name, text)))
    for name, text in files.items():
        for line in markdown_names(text) if name.endswith(".md") else prose_of(name, text):
            named = set(_NAMED.findall(_FILE_NAME.sub(" ", line.text)))
            for quoted in _QUOTED.findall(line.text):
                if not quoted.startswith("std::") and len(quoted) > 2:
                    named.update(_IDENTIFIER.findall(quoted))
            for word in sorted(named - known):
                # A name in capitals stands for others, as in case_NAME; what is written out ends before __.
                if not re.search(r"[a-z]_[A-Z]+$", word) and not any(other.startswith(word + "__") for other in known):
                    yield f"{name}:{line.number}: unknown: {word} is nowhere in the code"


# Form ------------------------------------------------------------------------------------------------------


def lone_words(files):
    """A word that did not fit on the line before it and has a line of its own, in the middle of a paragraph
    or at its end."""
    for name, text in files.items():
        if pathlib.PurePosixPath(name).suffix not in CXX:
            continue
        lines = {line.number: line for line in prose_of(name, text) if line.alone}
        for number, line in lines.items():
            before, words = lines.get(number - 1), line.text.split()
            if before is None or len(words) != 1 or not re.match(r"[(`]?[A-Za-z]", words[0]) or not re.search(r"[a-z,]$", before.text):
                continue
            if before.columns + 1 + len(words[0]) > PROSE_COLUMNS_MAX:
                yield f'{name}:{number}: lone-word: "{words[0]}" has a line of its own: break the line before it earlier'


def wide(files):
    for name, text in files.items():
        for line in prose_of(name, text):
            if line.alone and line.columns > PROSE_COLUMNS_MAX and not re.search(r"://|\]\(|^(?:\||    )", line.text):
                yield f"{name}:{line.number}: wide: {line.columns} columns of prose; at most {PROSE_COLUMNS_MAX}"


# A label, or a sentence that begins with its word, behind something else.
_LABEL = re.compile(r"\S.*?\b(?:(Requires|Returns|Errors|Cost):|(?<=[.)] )(Requires|Returns|Errors|Cost)\b)")


def labels(files):
    for name, text in files.items():
        if name.endswith(CXX):
            for line in prose_of(name, text):
                if found := _LABEL.match(line.text):
                    yield f"{name}:{line.number}: label: {found[1] or found[2]} begins a line of its own"


# Files -----------------------------------------------------------------------------------------------------

_MORTAL = (".h", ".cc", ".def", ".py", ".md", ".sh", ".cmake")
_ENTRANCES = {"README.md", "CHANGELOG.md", "CONTRIBUTING.md", "__init__.py", "__main__.py", "dev"}
_VARIABLE = re.compile(r"\$\{(\w+)\}")


def patterns(files):
    """What every CMakeLists.txt collects or composes: "*_fuzz.cc", "${name}_test.py", the sources of a layer
    or a room with those of the folders in it."""
    found = []
    for name, text in files.items():
        if not name.endswith("CMakeLists.txt"):
            continue
        folder = name.removesuffix("CMakeLists.txt")
        said = re.findall(r"[\w./*${}-]*[*}][\w./*${}-]*\.\w+", text) + (["**.cc"] if "gcmap_layer(" in text else [])
        said += [f"{room}/**.cc" for room in re.findall(r"gcmap_room\((\w+)", text)]
        said += [pattern.replace("*", "**") for pattern in re.findall(r"GLOB_RECURSE[^)]*?([\w/]*\*\w*\.\w+)", text)]
        for pattern in said:
            if pattern.startswith("${PROJECT_SOURCE_DIR}/"):
                place = pattern.removeprefix("${PROJECT_SOURCE_DIR}/")
            else:
                place = folder + pattern.removeprefix("${CMAKE_CURRENT_SOURCE_DIR}/")
            found.append(re.compile(re.escape(_VARIABLE.sub("*", place)).replace(r"\*\*", ".*").replace(r"\*", "[^/]*")))
    return found


def dead_files(files):
    tokens = {name: set(re.findall(r"[\w-]+(?:\.[\w-]+)*", text)) for name, text in files.items()}
    collected = patterns(files)
    for name in files:
        path = pathlib.PurePosixPath(name)
        script = path.suffix == "" and files[name].startswith("#!")
        if not (path.suffix in _MORTAL or script) or path.name in _ENTRANCES:
            continue
        importers = {".py": (".py",), ".cc": ("CMakeLists.txt",), ".cmake": ("CMakeLists.txt", ".cmake")}.get(path.suffix, ())
        if any(pattern.fullmatch(name) for pattern in collected):
            continue
        if not any(path.name in said or (other.endswith(importers) and path.stem in said) for other, said in tokens.items() if other != name):
            yield f"{name}:1: dead-file: nobody includes, builds, imports, links or mentions it"


RULES = (unknown, lone_words, wide, labels, dead_files)


def words(root):
    """Comments and documents name what there is, and are readable; there is no file nobody needs."""
    files = {name: read(path) for path, name in tree(root)}
    return [line for rule in RULES for line in rule(files)]
