"""Tests of relink.py on a toy project, built by ninja and clang with the commands CMake would write."""

import pathlib
import shlex
import subprocess
import tempfile
import unittest

from dev import project, relink

SOURCES = {
    "lib/number.h": "#pragma once\ninline int number() { return 1; }\n",
    "lib/precompiled.h": '#include "nested.h"\n',
    "lib/nested.h": "#pragma once\n#define PRECOMPILED 10\n",
    "lib/near.cc": '#include "number.h"\n#include "lib/number.h"\nint near() { return number(); }\n',
    "lib/far.cc": "#include <lib/number.h>\nint far() { return 10 * number(); }\n",
    "lib/other.cc": "int other() { return 100; }\n",
    "main.cc": 'extern "C" int printf(const char*, ...);\nint near(); int far(); int other();\nint main() { return printf("%d\\n", near() + far() + other() * PRECOMPILED / 10) < 0; }\n',
}
OBJECTS = ["lib/near", "lib/far", "lib/other"]
NINJA = """rule compile
  command = $launcher clang++ -Werror -Wall -I{root} $pch -MD -MT $out -MF $out.d -o $out -c $in
  deps = gcc
  depfile = $out.d
rule archive
  command = : && rm -f $out && ar qc $out $in && ranlib $out && :
rule link
  command = : && clang++ $in -o $out lib.a && : && cd . && touch {root}/post-build
build header.pch: compile {root}/lib/precompiled.h
  pch = -x c++-header
build main.o: compile {root}/main.cc | header.pch
  pch = -Winvalid-pch -Xclang -include-pch -Xclang {build}/header.pch -Xclang -include -Xclang {root}/lib/precompiled.h
  launcher = env A=b
build lib.a: archive {objects}
build program: link main.o | lib.a
"""


class Toy(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        cls.root = pathlib.Path(directory.name).resolve() / "a folder"
        cls.build = cls.root / "build"
        (cls.root / "lib").mkdir(parents=True)
        cls.build.mkdir()
        for name, text in SOURCES.items():
            (cls.root / name).write_text(text)
        root, build = ((str(path).replace(" ", "$ ")) for path in (cls.root, cls.build))
        quoted = NINJA.replace("-I{root}", f"-I{shlex.quote(str(cls.root))}").replace("touch {root}/post-build", f"touch {shlex.quote(str(cls.root / 'post-build'))}")
        quoted = quoted.replace("-Xclang {build}/header.pch", f"-Xclang {shlex.quote(str(cls.build / 'header.pch'))}")
        quoted = quoted.replace("-Xclang {root}/lib/precompiled.h", f"-Xclang {shlex.quote(str(cls.root / 'lib/precompiled.h'))}")
        text = quoted.format(root=root, build=build, objects=" ".join(f"{name.rpartition('/')[2]}.o" for name in OBJECTS))
        text += "".join(f"build {name.rpartition('/')[2]}.o: compile {root}/{name}.cc\n" for name in OBJECTS)
        (cls.build / "build.ninja").write_text(text)
        cls.ninja(cls.build, "program")
        (cls.root / "post-build").unlink()

    @classmethod
    def ninja(cls, directory, *targets):
        done = subprocess.run(["ninja", "-C", str(directory), *targets], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise AssertionError(done.stdout + done.stderr)

    def setUp(self):
        directory = tempfile.TemporaryDirectory(dir=self.root)
        self.addCleanup(directory.cleanup)
        self.place = pathlib.Path(directory.name) / "place $1"
        self.place.mkdir()

    def relink(self, changed):
        """What the program says with these files changed, and which objects were compiled for it."""
        self.replaced = relink.write(self.build, ["program"], {str(self.root / name): text for name, text in changed.items()}, self.place)
        self.ninja(self.place)
        said = subprocess.run([str(self.place / "program")], capture_output=True, text=True, check=True).stdout.strip()
        return said, sorted(pathlib.Path(old).name for old in self.replaced.values())


class Relinked(Toy):
    def test_AChangedSourceIsTheOnlyOneCompiled(self):
        changed = {"lib/other.cc": "int unused; static int u2; int other() { return 700; }\n"}  # a warning is no error
        self.assertEqual(self.relink(changed), ("711", ["other.o"]))
        self.assertTrue(relink.check(self.replaced))

    def test_AChangedHeaderIsSeenHoweverItIsIncluded(self):
        changed = {"lib/number.h": SOURCES["lib/number.h"].replace("return 1", "return 2")}
        self.assertEqual(self.relink(changed), ("122", ["far.o", "near.o"]))

    def test_APrecompiledHeaderIsReadAnew(self):
        changed = {"lib/nested.h": SOURCES["lib/nested.h"].replace("10", "20")}
        self.assertEqual(self.relink(changed), ("211", ["main.o"]))

    def test_NothingElseIsTouched(self):
        before = {path: path.stat().st_mtime_ns for path in [*self.build.iterdir(), *(self.root / "lib").iterdir()]}
        self.relink({"lib/other.cc": "int other() { return 200; }\n", "main.cc": SOURCES["main.cc"] + "// more\n"})
        after = {path: path.stat().st_mtime_ns for path in [*self.build.iterdir(), *(self.root / "lib").iterdir()]}
        before.pop(self.build / ".ninja_lock", None)
        self.assertEqual({path.name for path in before if before[path] != after[path]}, set())
        self.assertFalse((self.root / "post-build").exists())

    def test_AnObjectNinjaDoesNotKnowIsCompiledToBeSafe(self):
        deps = self.build / ".ninja_deps"
        kept = deps.read_bytes()
        self.addCleanup(deps.write_bytes, kept)
        deps.unlink()
        said, compiled = self.relink({"lib/other.cc": "int other() { return 200; }\n"})
        self.assertEqual((said, compiled), ("211", ["far.o", "main.o", "near.o", "other.o"]))

    def test_AChangeThatChangesNothingIsNoticed(self):
        self.relink({"lib/other.cc": SOURCES["lib/other.cc"] + "// the same\n"})
        self.assertFalse(relink.check(self.replaced))
        replaced = relink.write(self.build, ["program"], {str(self.root / "lib/unused.h"): "\n"}, self.place / "b")
        self.assertFalse(relink.check(replaced))

    def test_OnlyClangCanReadAnOverlay(self):
        graph = relink.Graph(self.build)
        graph._commands[graph.absolute("other.o")] = ["ccache", "g++", "-o", "other.o", "-c", "other.cc"]
        with self.assertRaisesRegex(project.Stop, "other.o was not compiled by clang"):
            relink._compile(graph, graph.absolute("other.o"), self.place / "x.o", "overlay")


if __name__ == "__main__":
    unittest.main()
