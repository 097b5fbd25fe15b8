"""The C++ sources, and what they include."""

import re

INCLUDE = re.compile(r'\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>|(\w+))')


def sources(root, folders, suffixes=(".h", ".cc", ".def")):
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in suffixes and path.is_file():
                yield path, str(path.relative_to(root))


def resolve(root, include):
    """The file a quoted include means: from the root, from lib/ or from the public headers."""
    for base in ("", "lib/", "lib/include/"):
        if (root / (base + include)).is_file():
            return base + include
    return None


def includes(root, path):
    """Of each #include in the file: its line, the project's file it means or None, and what is wrong with it
    or None."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if found := INCLUDE.match(line):
            quoted, bracketed, macro = found.groups()
            target = None if macro else resolve(root, quoted or bracketed)
            if macro:
                yield number, None, f"includes whatever the macro {macro} names: no check can follow"
            elif quoted and target is None:
                yield number, None, f'"{quoted}" is not found from the root, lib/ or lib/include/'
            else:
                yield number, target, None
