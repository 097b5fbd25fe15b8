"""Installs the library into a temporary prefix and builds strangers against it: a small consumer, and the
example of README.md. GoogleTest is hidden: the library alone must not need it.

    python3 ci/install_test.py
"""

import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))
from dev import suite  # noqa: E402

EXAMPLE = re.compile(r"<!-- example: (\w+) -->\s*```cpp\n(.*?)```", re.DOTALL)
CONSUMER_CMAKE = """cmake_minimum_required(VERSION 3.25)
project(consumer LANGUAGES CXX)
find_package(gcmap {version} REQUIRED)
foreach(program {programs})
  add_executable(${{program}} ${{program}}.cc)
  target_include_directories(${{program}} BEFORE PRIVATE "${{CMAKE_CURRENT_SOURCE_DIR}}")
  target_link_libraries(${{program}} PRIVATE gcmap::gcmap)
endforeach()
"""
ADDING_CMAKE = """cmake_minimum_required(VERSION 3.25)
project(consumer LANGUAGES CXX)
add_subdirectory({root} gcmap)
foreach(target gcmap_base gcmap_alloc gcmap_gc gcmap_map gcmap_observe gcmap_all)
  get_target_property(directories ${{target}} INTERFACE_INCLUDE_DIRECTORIES)
  foreach(directory IN LISTS directories)
    string(REGEX MATCH "^\\\\$<BUILD_INTERFACE:(.*)>$" found "${{directory}}")
    if(found)
      message(STATUS "include: ${{CMAKE_MATCH_1}}")
    elseif(directory AND NOT directory MATCHES "INSTALL_INTERFACE")
      message(STATUS "include: ${{directory}}")
    endif()
  endforeach()
endforeach()
"""


def examples(text):
    """{name: source} of the marked code blocks of a Markdown text."""
    return dict(EXAMPLE.findall(text))


def run(*command, **options):
    result = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, check=False, **options)
    if result.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}\n{result.stdout}")
    return result.stdout


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        cls.home = pathlib.Path(directory.name)
        cls.prefix = cls.home / "prefix"
        suite.build_library()
        run("cmake", "--install", suite.GCC_DIRECTORY, "--prefix", cls.prefix)

    def build(self, programs, version="0.1", headers=None):
        source = pathlib.Path(tempfile.mkdtemp(dir=self.home))
        for name, text in (headers or {}).items():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_text(text, encoding="utf-8")
        for name, text in programs.items():
            (source / f"{name}.cc").write_text(text, encoding="utf-8")
        (source / "CMakeLists.txt").write_text(CONSUMER_CMAKE.format(version=version, programs=" ".join(programs)), encoding="utf-8")
        run("cmake", "-G", "Ninja", "-S", source, "-B", source / "build", f"-DCMAKE_PREFIX_PATH={self.prefix}",
            "-DCMAKE_BUILD_TYPE=Release")
        run("cmake", "--build", source / "build")
        return source / "build"

    def test_TheReadmeExampleRuns(self):
        found = examples((ROOT / "README.md").read_text(encoding="utf-8"))
        self.assertIn("embed", found)
        self.assertLessEqual(found["embed"].count("\n"), 16)
        built = self.build(found)
        for name in found:
            run(built / name)

    def test_EveryPublicHeaderCompilesAlone(self):
        headers = sorted(path.name for path in (self.prefix / "include/gcmap").glob("*.h"))
        self.assertIn("map.h", headers)
        self.build({header.replace(".", "_"): f"#include <gcmap/{header}>\nint main() {{}}\n" for header in headers})

    def test_AConsumersOwnHeadersOfTheSameNamesDoNotCollide(self):
        self.assertEqual([path.name for path in (self.prefix / "include").iterdir()], ["gcmap"])
        internal = self.prefix / "include/gcmap/internal"
        names = [str(path.relative_to(internal)) for path in sorted(internal.rglob("*")) if path.is_file()]
        self.assertIn("alloc/size_class.h", names)
        self.build({"consumer": "#include \"alloc/size_class.h\"\n#include <gcmap/gcmap.h>\nint main() { return kOwnHeader; }\n"},
                   headers={name: "#pragma once\nconstexpr int kOwnHeader = 0;\n" for name in names})

    def test_AProjectThatAddsTheSourcesSeesTheSameIncludePath(self):
        source = pathlib.Path(tempfile.mkdtemp(dir=self.home))
        (source / "CMakeLists.txt").write_text(ADDING_CMAKE.format(root=ROOT), encoding="utf-8")
        printed = run("cmake", "-G", "Ninja", "-S", source, "-B", source / "build")
        self.assertEqual(re.findall(r"^-- include: (\S+)$", printed, re.MULTILINE), [str(ROOT / "lib/base/../include")])

    def test_AnotherVersionIsRefused(self):
        with self.assertRaisesRegex(AssertionError, "version"):
            self.build({"empty": "int main() {}\n"}, version="7.0")

    def test_TheInstalledTreeKnowsNothingOfTheSourceTree(self):
        for path in (self.prefix / "lib").rglob("*.cmake"):
            self.assertNotIn(str(ROOT), path.read_text(encoding="utf-8"), path)

    def test_ABrokenExampleIsNoticed(self):
        text = "<!-- example: embed -->\n```cpp\nint main() { return missing; }\n```\n"
        with self.assertRaisesRegex(AssertionError, "missing"):
            self.build(examples(text))


if __name__ == "__main__":
    unittest.main()
