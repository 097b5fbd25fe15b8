"""How much a class of C++ shows and holds: its public functions and its data members, as its text
declares them.

A reader of declarations, not a compiler: comments, literals and directives are blanked, and what macros make
is not seen. Overloads and constructors count one each; what is defaulted, deleted or in a nested class does
not count.
"""

import dataclasses
import re

NOISE = re.compile(r'//[^\n]*|/\*.*?\*/|R"\(.*?\)"|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Fa-f])\'(?:\\.|[^\'\\\n])+\'|^[ \t]*#(?:[^\n]*\\\n)*[^\n]*',
                   re.DOTALL | re.MULTILINE)
HEAD = re.compile(r"\b(class|struct)\s+(?:alignas\([^)]*\)\s*)?(\w+)(?:<[^<>{};]*>)?\s*(?:final\s*)?(?::[^;{}()]*)?$")
# In `int (*call_)(int)`, before any parameter list: what it results in, its name.
POINTER_TO_FUNCTION = re.compile(r"^([^()=]*)\((?:\w+::)*\*\s*(?:const\s+)?(\w+)(?:\[\w*\])?\)\s*\([^()]*\)")
NO_MEMBER = re.compile(r"(using|typedef|friend|static_assert|enum|class|struct|union|static|constexpr)\b")


@dataclasses.dataclass
class Class:
    name: str
    line: int
    functions: int = 0  # public ones
    members: int = 0    # data members, of every object


def blank(text):
    return NOISE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def closing(text, at):
    """The index behind the bracket that closes the one at `at`."""
    depth = 0
    for i in range(at, len(text)):
        depth += (text[i] in "{(") - (text[i] in "})")
        if depth == 0:
            return i + 1
    return len(text)


def find(text):
    """Every class the text defines, nested ones and those in functions too."""
    text = blank(text)
    found = []
    for brace in (i for i, character in enumerate(text) if character == "{"):
        start = max(text.rfind(end, 0, brace) for end in ";{}") + 1
        if (head := HEAD.search(without_templates(text[start:brace]).rstrip())) and "enum" not in text[start:brace].split():
            found.append(read(head[1], head[2], text[brace + 1:closing(text, brace) - 1], text.count("\n", 0, brace) + 1))
    return found


def without_templates(text):
    while (shorter := re.sub(r"<[^<>]*>", "", text)) != text:
        text = shorter
    return text


def read(kind, name, body, line):
    result = Class(name, line)
    public = kind == "struct"
    for declaration in declarations(body):
        while access := re.match(r"\s*(public|protected|private)\s*:", declaration):
            public = access[1] == "public"
            declaration = declaration[access.end():]
        declaration = re.sub(r"\[\[.*?\]\]", "", without_templates(declaration)).strip()
        declaration = re.sub(r"^template\b\s*(requires[^;]*?\)\s*)?", "", declaration).strip()
        declaration = POINTER_TO_FUNCTION.sub(r"\1 \2 ", re.sub(r"\balignas\([^)]*\)\s*", "", declaration))
        is_function = "(" in re.split(r"[={]", re.sub(r"operator\s*(\(\s*\)|\W+)", "operator", declaration))[0]
        if not declaration or re.search(r"=\s*(default|delete)$", declaration):
            continue
        if re.match(r"(using|typedef|friend|static_assert|enum|class|struct|union)\b", declaration) and not re.match(r"(class|struct)\s+\w+\s+\w+$", declaration):
            continue
        if is_function:
            result.functions += public
        elif not NO_MEMBER.match(declaration):
            result.members += declarators(declaration)
    return result


def declarators(declaration):
    """How many members a declaration of data makes: `int a, b = f(1, 2)` makes two."""
    depth, count = 0, 1
    for character in declaration:
        depth += (character in "([{") - (character in ")]}")
        count += character == "," and depth == 0
    return count


def declarations(body):
    """The declarations of a class's body; of a function the head, of an initializer what comes before it."""
    start = at = 0
    while at < len(body):
        if body[at] == "(":
            at = closing(body, at)
        elif body[at] == "{":
            end = closing(body, at)
            head = body[start:at]
            if "(" in without_templates(head) or HEAD.search(without_templates(head).rstrip()) or "enum" in head.split():
                yield head
                start = end
            else:  # an initializer: the declaration goes on to its semicolon
                body = body[:at] + "=" + body[end:]
                at += 1
                continue
            at = end
            if body[at:].lstrip().startswith(";"):
                at = start = body.index(";", at) + 1
        elif body[at] == ";":
            yield body[start:at]
            at += 1
            start = at
        else:
            at += 1
