"""Every check of checks.py is fed a tree that breaks its rule, and one that does not."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import checks  # noqa: E402
import cpp_classes  # noqa: E402
import promises  # noqa: E402

FAULT = """id: canary
title: one too many
source: none
mechanism: off by one
invariant: M1
oracle: MD
survivor: no
--- lib/map/find.cc
<<<<
int f() { return 1; }
====
int f() { return 2; }
>>>>
"""
TABLE = """# Invariants
| id | statement | owner | cost | checker | planted faults |
|---|---|---|---|---|---|
| M1 | count | lib/map/find.cc | O(n) | `lib/map/verify.cc` | canary |
"""
# A harness of three rooms.
ROOMS = "gcmap_room(program base)\ngcmap_room(model)\ngcmap_room(run map program)\nfile(GLOB tests */*_test.cc)\n"
README = """| room | what it holds | may include |
|---|---|---|
| `program/` | operations | base |
| `model/` | answers | - |
| `run/` | the run | map, program |
"""
# A public header, and the page that accounts for it.
POOL = """// A pool is never full.
namespace gcmap {
class Pool {
 public:
  explicit Pool(Heap& heap);
  int* get() { return nullptr; }  // at most one a call
 private:
  void hidden();
};
}
"""
PROMISES = """# Promises

## `pool.h`

| promise | exercised by | seen by |
|---|---|---|
| `Pool`, `Pool::Pool`, `get`: "at most one" | `pool_get` | M1, `Pools.Give` |
| "never full" | none: it would take all memory | `lib/map/verify.cc` |
"""


class Checks(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = pathlib.Path(directory.name)
        self.write("lib/include/gcmap/internal/base/check.h", "#pragma once\n")
        self.write("lib/include/gcmap/internal/alloc/span.h", '#include "gcmap/internal/base/check.h"\n')
        self.write("lib/include/gcmap/heap.h", '#include "gcmap/internal/alloc/span.h"\n')
        self.write("lib/map/find.cc", '#include "gcmap/heap.h"\n// Owner of M1.\nint f() { return 1; }\n')
        self.write("lib/map/verify.cc", "// M1\n")
        self.write("harness/CMakeLists.txt", ROOMS)
        self.write("harness/README.md", README)
        self.write("harness/program/op.h", '#include "gcmap/internal/base/check.h"\n')
        self.write("harness/model/map.h", "#include <vector>\n")
        self.write("harness/run/run.cc", '#include "gcmap/internal/map/layout.h"\n#include <vector>\n#include "harness/program/op.h"\n')
        self.write("harness/run/run.h", "")
        self.write("harness/run/run_test.cc", '#include "harness/run/run.h"\n#include "harness/model/map.h"\n#include "harness/run/test_run.h"\n')
        self.write("harness/run/test_run.h", '#include "harness/program/op.h"\n')
        self.write("lib/include/gcmap/internal/map/layout.h", "")
        self.write("faults/canary.fault", FAULT)
        self.write("docs/INVARIANTS.md", TABLE)
        self.write("README.md", "What holds: docs/INVARIANTS.md.\n")
        self.write("lib/map/CMakeLists.txt", "gcmap_layer(map heap)\n")

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def speaks(self, check, *messages):
        wrong = "\n".join(check(self.root))
        for message in messages:
            self.assertIn(message, wrong)

    def test_AGoodTreePassesEveryCheck(self):
        for name, check in checks.CHECKS.items():
            self.assertEqual(check(self.root), [], name)

    def test_LayersSeeAnIncludeThatPointsRight(self):
        self.write("lib/include/gcmap/internal/alloc/span.h", '#pragma once\n#include "gcmap/internal/map/layout.h"\n')
        self.speaks(checks.layers, "lib/include/gcmap/internal/alloc/span.h:2: layer alloc includes lib/include/gcmap/internal/map/layout.h of layer map")

    def test_LayersSeeTheHarnessAndPublicHeadersOfHigherLayers(self):
        self.write("lib/include/gcmap/internal/map/layout.h", '#include "harness/program/op.h"\n')
        self.write("harness/program/op.h", "")
        self.write("lib/alloc/page.cc", '#include "gcmap/heap.h"\n')
        self.speaks(checks.layers, "layer map includes harness/program/op.h of layer harness",
                    "layer alloc includes lib/include/gcmap/heap.h of layer gc")

    def test_LayersSeeWhatHasNoLayer(self):
        self.write("lib/extra/x.h", "")
        self.write("lib/include/gcmap/new.h", "")
        self.write("lib/include/gcmap/internal/map/layout.h", '#include "nowhere.h"\n')
        self.speaks(checks.layers, "lib/extra/x.h:1: in no layer", "lib/include/gcmap/new.h:1: in no layer",
                    '"nowhere.h" is not found')

    def test_LayersSeeWhatARoomMayNotInclude(self):
        self.write("harness/run/world.h", "")
        self.write("harness/program/op.h", '#include <vector>\n#include "harness/run/world.h"\n')
        self.write("harness/run/run.cc", '#include "harness/model/map.h"\n')
        self.speaks(checks.layers, "harness/program/op.h:2: room program includes harness/run/world.h of room run; it may include base",
                    "harness/run/run.cc:1: room run includes harness/model/map.h of room model; it may include map, program")

    def test_LayersSeeWhatARoomMayNotIncludeOfTheLibrary(self):
        self.write("harness/program/op.h", '#include "gcmap/internal/base/check.h"\n#include "gcmap/heap.h"\n')
        self.write("harness/model/map.h", '#include "gcmap/internal/base/check.h"\n')
        self.write("lib/include/gcmap/observe.h", "")
        self.write("harness/run/run.cc", '#include "gcmap/observe.h"\n')
        self.speaks(checks.layers, "harness/program/op.h:2: room program includes lib/include/gcmap/heap.h of layer gc; it may include base",
                    "harness/model/map.h:1: room model includes lib/include/gcmap/internal/base/check.h of layer base; it may include nothing",
                    "harness/run/run.cc:1: room run includes lib/include/gcmap/observe.h of layer observe; it may include map, program")

    def test_LayersSeeIncludesInAngleBrackets(self):
        self.write("harness/model/map.h", "#include <harness/program/op.h>\n")
        self.write("lib/map/find.cc", "// Owner of M1.\n#include <harness/program/op.h>\n")
        self.speaks(checks.layers, "harness/model/map.h:1: room model includes harness/program/op.h of room program",
                    "lib/map/find.cc:2: layer map includes harness/program/op.h of layer harness")

    def test_LayersSeeIncludesOfAMacro(self):
        self.write("harness/program/op.h", "#include GCMAP_ROWS\n")
        self.speaks(checks.layers, "harness/program/op.h:1: includes whatever the macro GCMAP_ROWS names")

    def test_LayersSeeFilesAndFoldersThatAreNoRoom(self):
        self.write("harness/op.cc", "")
        self.write("harness/attic/old.h", "")
        self.write("harness/run/family/maps.h", '#include "harness/cli/cli.h"\n')
        self.write("harness/cli/cli.h", "")
        self.speaks(checks.layers, "harness/op.cc:1: in no room", "harness/attic/old.h:1: in no room")

    def test_LayersKeepTestHeadersForTests(self):
        self.write("harness/run/run.cc", '#include "harness/run/test_run.h"\n')
        self.write("fuzz/map.cc", '#include "harness/run/test_run.h"\n')
        self.speaks(checks.layers, "harness/run/run.cc:1: harness/run/test_run.h is for tests alone",
                    "fuzz/map.cc:1: harness/run/test_run.h is for tests alone")

    def test_LayersSeeATestThatLiesElsewhere(self):
        self.write("harness/model/run_test.cc", '#include "harness/run/run.h"\n')
        self.write("harness/model/test_model.h", "")
        self.write("harness/run/run_test.cc", '#include "harness/model/test_model.h"\n')
        self.speaks(checks.layers, "harness/model/run_test.cc:1: tests nothing of room model: it lies beside what it tests",
                    "harness/run/run_test.cc:1: tests nothing of room run")

    def test_LayersSeeRoomsThatPointUpOrHoldNothing(self):
        self.write("harness/CMakeLists.txt", ROOMS.replace("(program base)", "(program run)") + "gcmap_room(go)\n")
        self.speaks(checks.layers, "harness/CMakeLists.txt:1: room program may include run, which is no layer of lib/ and no room above it",
                    "harness/CMakeLists.txt:5: room go has no sources")

    def test_LayersSeeFilesThatIncludeEachOther(self):
        self.write("lib/map/a.h", '#pragma once\n#include "map/b.h"\n')
        self.write("lib/map/b.h", '#pragma once\n#include "map/c.h"\n')
        self.write("lib/map/c.h", '#pragma once\n#include "map/a.h"\n')
        self.speaks(checks.layers, ":1: includes itself in the end: lib/map/", "lib/map/a.h -> lib/map/b.h")
        self.write("lib/map/c.h", "")
        self.write("harness/run/maps/a.h", '#include "harness/run/maps/b.h"\n')
        self.write("harness/run/maps/b.h", '#include "harness/run/maps/a.h"\n')
        self.speaks(checks.layers, "harness/run/maps/a.h -> harness/run/maps/b.h")

    def test_LayersSeeFoldersOfARoomThatIncludeEachOther(self):
        self.write("harness/run/maps/maps.h", "")
        self.write("harness/run/maps/maps.cc", '#include "harness/run/maps/maps.h"\n#include "harness/run/run.h"\n#include "harness/run/objects/objects.h"\n')
        self.write("harness/run/objects/objects.h", '#include "harness/program/op.h"\n')
        self.write("harness/run/objects/objects_test.cc", '#include "harness/run/maps/maps.h"\n')
        self.write("harness/run/runner.cc", '#include "harness/run/maps/maps.h"\n')
        self.assertEqual(checks.layers(self.root), [])
        self.write("harness/run/objects/objects.cc", '#include "harness/run/maps/maps.h"\n')
        self.speaks(checks.layers, ":1: includes itself in the end: harness/run/", "harness/run/maps -> harness/run/objects")

    def test_LayersSeeAFolderOfARoomThatIncludesWhatIncludesIt(self):
        self.write("harness/run/maps/maps.h", '#include "harness/run/run.h"\n')
        self.write("harness/run/runner.h", '#include "harness/run/maps/maps.h"\n')
        self.assertEqual(checks.layers(self.root), [])
        self.write("harness/run/maps/handlers.cc", '#include "harness/run/runner.h"\n')
        self.speaks(checks.layers, ":1: includes itself in the end: harness/run/", "harness/run/runner.h -> harness/run/maps")

    def test_LayersSeeWhatARoomMayIncludeAndDoesNot(self):
        self.write("harness/run/run.cc", '#include "gcmap/heap.h"\n')
        self.speaks(checks.layers, "harness/CMakeLists.txt:1: room run may include map, and no file of it does",
                    "harness/CMakeLists.txt:1: room run may include program, and no file of it does")

    def test_LayersSeeAReadmeThatSaysOtherwise(self):
        for broken, message in [
                (README.replace("| map, program |", "| program |"), "harness/README.md:5: room run may include map, program, says harness/CMakeLists.txt"),
                (README.replace("| - |", "| base |"), "harness/README.md:4: room model may include nothing, says"),
                ("# Rooms\n", "harness/README.md:1: a table of nothing; harness/CMakeLists.txt has the rooms program, model, run"),
                (README.replace("`model/`", "`models/`"), "harness/README.md:1: a table of program, models, run; ")]:
            self.write("harness/README.md", broken)
            self.speaks(checks.layers, message)

    def test_LayersSeeRoomsOfGcThatPointUpAndLetTestsUseTheWholeLayer(self):
        self.write("lib/gc/cycle/marker.h", "")
        self.write("lib/include/gcmap/internal/gc/lifetime/pools.h", '#include "gcmap/heap.h"\n')
        self.write("lib/include/gcmap/internal/gc/roots.h", '#include "gcmap/internal/gc/lifetime/pools.h"\n')
        self.write("lib/gc/lifetime/pools.cc", '#include "gcmap/internal/gc/lifetime/pools.h"\n#include "gc/cycle/marker.h"\n')
        self.write("lib/gc/lifetime/pools_test.cc", '#include "gc/cycle/marker.h"\n')
        self.write("lib/gc/heap.cc", '#include "gc/cycle/marker.h"\n')
        self.assertEqual(checks.layers(self.root), [
            "lib/gc/lifetime/pools.cc:2: room lifetime of gc includes lib/gc/cycle/marker.h of room cycle, which lies to its right",
            "lib/include/gcmap/internal/gc/roots.h:1: room declarations of gc includes "
            "lib/include/gcmap/internal/gc/lifetime/pools.h of room lifetime, which lies to its right"])

    def test_LayersSeeFoldersOfGcThatAreNoRoom(self):
        self.write("lib/gc/attic/old.h", "")
        self.write("lib/include/gcmap/internal/gc/cycle/deep/old.h", "")
        self.write("lib/gc/heap.cc", '#include "gc/attic/old.h"\n')
        self.assertEqual([line.partition(":1: in no room of gc")[0] for line in checks.layers(self.root)],
                         ["lib/gc/attic/old.h", "lib/include/gcmap/internal/gc/cycle/deep/old.h"])

    def test_LayersSeeTheRoomsOfGcByTheHeadersBelowInclude(self):
        self.write("lib/include/gcmap/internal/gc/verify/inspector.h", "")
        self.write("lib/include/gcmap/internal/gc/pacing/pacing.h", '#include "gcmap/internal/gc/verify/inspector.h"\n')
        self.write("lib/gc/pacing/pacer.cc", '#include "gcmap/internal/gc/roots.h"\n')
        self.write("lib/include/gcmap/internal/gc/roots.h", "")
        self.write("lib/gc/cycle/marker.h", '#include "gc/cycle/sweeper.h"\n')
        self.write("lib/gc/cycle/sweeper.h", '#include "gc/cycle/marker.h"\n')
        self.speaks(checks.layers, "lib/include/gcmap/internal/gc/pacing/pacing.h:1: room pacing of gc includes", "of room verify, which lies to its right",
                    "lib/gc/pacing/pacer.cc:1: room pacing of gc includes lib/include/gcmap/internal/gc/roots.h of room declarations",
                    ":1: includes itself in the end: lib/gc/cycle/")

    def test_SizesSeeLongFilesAndFunctions(self):
        self.write("lib/map/long.cc", "int x;\n" * 601)
        body = "  if (x) {\n    y();\n  }\n" * 24
        self.write("harness/function.cc", "namespace a {\nclass B {\n  int f(int x) const {\n" + body + "  }\n};\n}\n")
        self.write("tools/long.py", "def f():\n" + "    pass\n" * 71)
        self.speaks(checks.sizes, "lib/map/long.cc:1: 601 lines", "harness/function.cc:3: a function of 74 lines",
                    "tools/long.py:1: a function of 72 lines")

    def test_SizesMeasureFunctionsNotWhatHoldsThem(self):
        body = "  int f() { return 1; }\n" * 100
        self.write("lib/map/many.cc", 'namespace a {\nstruct B {\n' + body + '};\nconst char* s = "{";\nchar c = \'{\';  // {\n}\n')
        self.assertEqual(checks.sizes(self.root), [])
        self.assertEqual(checks.functions("A::A(int x)\n    : x_(x) {\n  g();\n}\nauto h() -> int {\n}\n"), [(2, 3), (5, 2)])

    def test_ClassesSeeOneThatShowsOrHoldsTooMuch(self):
        functions = "".join(f"  int f{i}(int x = 0) const {{ return x; }}\n" for i in range(25))
        members = "".join(f"  std::map<int, int> m{i}_{{}};\n" for i in range(15))
        text = f"class Large final : public Base {{\n public:\n{functions}  Large() = default;\n private:\n  void g(); int h();\n{members}}};\n"
        self.write("harness/run/large.h", text)
        self.assertEqual(checks.classes(self.root), [])
        self.write("harness/run/large.h", text.replace("  Large() = default;", "  explicit Large(int (*call)(int));"))
        self.speaks(checks.classes, "harness/run/large.h:1: Large has 26 public functions; at most 25")
        self.write("harness/run/large.h", text.replace("int h();", "int h(); int one_more_;"))
        self.speaks(checks.classes, "harness/run/large.h:1: Large has 16 data members; at most 15")

    def test_ClassesCountWhatADeclarationIs(self):
        text = """namespace n {
template <typename T>
class One : public Other<T> {
  int hidden();
 public:
  using Type = int;
  template <typename U> auto f(const U& u) { return g(u); }
  bool operator==(const One&) const = default;
  void operator()(int x) { if (x) { y(); } }
  struct Inner { int a; int b = 1; int c[3]; };
  enum class Kind { kOne };
  static constexpr int kMax = 3;
 private:
  std::function<void(int)> call_;  // a(); b();
  Inner inner_{1, 2};
  Kind kind_ = Kind::kOne;
};
}
"""
        found = {one.name: (one.functions, one.members, one.line) for one in cpp_classes.find(text)}
        self.assertEqual(found, {"One": (2, 3, 3), "Inner": (0, 3, 10)})

    def test_ClassesCountEveryDeclaratorAndTakePointersToFunctionsForData(self):
        for declaration, functions, members in [
                ("int a_, b_ = f(1, 2), c_[2] = {1, 2};", 0, 3), ("std::map<int, int> a_{1, 2}, b_;", 0, 2), ("uint32_t a_ : 3, b_ : 5;", 0, 2),
                ("void (*call_)(int, int) = nullptr;", 0, 1), ("int (Other::*call_)(int) const;", 0, 1), ("void (*const calls_[2])();", 0, 1),
                ("alignas(64) int a_;", 0, 1), ("int (*f(int x))(double);", 1, 0), ("void f(int (*call)(int), int x = 0);", 1, 0),
                ("Large(int x) : a_(x), b_(x) {}", 1, 0)]:
            with self.subTest(declaration):
                found = cpp_classes.find(f"struct Large {{\n{declaration}\n}};\n")
                self.assertEqual([(one.functions, one.members) for one in found], [(functions, members)])

    def test_HooksSeeTestCodeInTheLibrary(self):
        self.write("lib/map/find.cc", "#ifdef FUZZING_BUILD_MODE\nvoid ResetForTesting();\n")
        self.write("lib/map/find_test.cc", "#include <gtest/gtest.h>\n")
        wrong = checks.hooks(self.root)
        self.assertEqual([line.split(": ")[0] for line in wrong], ["lib/map/find.cc:1", "lib/map/find.cc:2"])

    def test_InvariantsSeeEveryDisagreement(self):
        row = "| M1 | count | lib/map/find.cc | O(n) | `lib/map/verify.cc` | canary |\n"
        for broken, message in [
                (row.replace("M1", "M2"), "lib/map/find.cc does not mention M2"),
                (row.replace("M1", "M2"), "fault canary breaks M1, which is not listed"),
                (row.replace("find.cc", "gone.cc"), "owner lib/map/gone.cc does not exist"),
                (row.replace("`lib/map/verify.cc`", "nobody"), "M1 has no checker file"),
                (row.replace("canary", "-"), "M1 does not name the fault canary"),
                (row.replace("canary", "canary, other"), "no fault other in faults/"),
                (row + row, "M1 is listed twice"),
                (row + row.replace("M1", "M3").replace("| canary", "| canary"), "fault canary says it breaks M1, not M3"),
                (row.replace("| O(n) ", ""), "5 cells, not 6")]:
            self.write("docs/INVARIANTS.md", TABLE.replace(row, broken))
            self.speaks(checks.invariants, message)
        self.write("docs/INVARIANTS.md", "nothing\n")
        self.speaks(checks.invariants, "no table with the columns")

    def write_promises(self, text=PROMISES, header=POOL):
        self.write("lib/include/gcmap/pool.h", header)
        self.write("harness/program/op.def", 'OP(1, PoolGet, "pool_get", reuse, 1, 6, , , "takes one")\n')
        self.write("lib/gc/pools_test.cc", "TEST(Pools, Give) {\n")
        self.write("docs/PROMISES.md", text)

    def test_PromisesSeeWhatHasNoRow(self):
        self.write_promises()
        self.assertEqual(checks.promises(self.root), [])
        self.write_promises(header=POOL.replace(" private:", "  template <typename T> T& add(T* it) const;\n int limit = 1;\n private:"))
        self.speaks(checks.promises, "lib/include/gcmap/pool.h:1: Pool::add has no row in docs/PROMISES.md", "Pool::limit has no row")
        self.write_promises(header=POOL + "// It must go. Its objects die.\n// Nothing is once\n// twice.\n")
        self.speaks(checks.promises, "pool.h:11: a promise without a row in docs/PROMISES.md: It must go.", "without a row in docs/PROMISES.md: Nothing is once twice.")
        self.assertNotIn("Its objects die", "\n".join(checks.promises(self.root)))
        self.write_promises()
        self.write("docs/HEAP.md", "It comes at once.\n\n| it | survives |\n")
        self.assertEqual(checks.promises(self.root), ["docs/HEAP.md:3: a promise without a row in docs/PROMISES.md: survives"])

    def test_PromisesSeeARowThatNamesWhatIsNotThere(self):
        for old, new, message in [
                ("`get`", "`get`, `put`", "docs/PROMISES.md:7: no public member Pool::put"),
                ('"never full"', '"never empty"', 'docs/PROMISES.md:8: nobody says "never empty" any more'),
                ("`pool_get`", "`pool_put`", "docs/PROMISES.md:7: exercised by: there is no pool_put"),
                ("`pool_get`", "M1", "docs/PROMISES.md:7: exercised by: there is no M1"),
                ("M1,", "M2,", "docs/PROMISES.md:7: seen by: there is no M2"),
                ("M1,", "`pool_get`,", "docs/PROMISES.md:7: seen by: there is no pool_get"),
                ("Pools.Give", "Pools.Take", "docs/PROMISES.md:7: seen by: there is no Pools.Take"),
                ("verify.cc", "gone.cc", "docs/PROMISES.md:8: seen by: there is no lib/map/gone.cc"),
                ("none: it would take all memory", "none:", "docs/PROMISES.md:8: exercised by: names nothing, and no reason"),
                ("M1, `Pools.Give`", "somebody", "docs/PROMISES.md:7: seen by: names nothing, and no reason"),
                (" | M1,", " M1,", "docs/PROMISES.md:7: 2 cells, not 3"),
                ("`pool.h`", "`pool.h`, `gone.h`", "docs/PROMISES.md:3: no file gone.h")]:
            with self.subTest(message):
                self.write_promises(PROMISES.replace(old, new))
                self.speaks(checks.promises, message)

    def test_PromisesKnowWhatAHeaderShows(self):
        found = promises.members("""namespace gcmap {
class Before;
template <typename T> concept Odd = requires { requires T::kOdd; };
template <typename A, typename B> inline constexpr bool kBoth<std::pair<A, B>> = kBoth<A>&& kBoth<B>;
int free_function(const std::function<int(int)>& call = nullptr);
template <> struct Cell<Before> { int hidden; };
template <typename K, typename V = Of<K>>
class Map final : private Base {
  int hidden;
 public:
  using Key = K;
  using Base::shown_;
  using Base::operator=;
  enum class Reason : uint8_t { kOne };
  Map() = default;
  Map(const Map&) = delete;
  explicit Map(int a, int b = f(1)) requires Odd<K> : Base(a), b_(b) { g(); }
  template <typename Q> requires Odd<Q> && (!kBoth<Q>)int erase(const Q& q) { return q; }
  friend bool operator==(const Map& a, const Map& b) = default;
  operator std::string_view() const { return {}; }
  void operator()(int x);
  int& operator[](int x);
  struct Inner { int a = 0; int b[2]; };
 private:
  friend class Before;
  int b_;
};
}
""")
        self.assertEqual(found, {"Odd", "kBoth", "free_function", "Map", *("Map::" + name for name in (
            "Key", "shown_", "Reason", "Map", "erase", "operator==", "operator std::string_view", "operator()", "operator[]", "Inner"))} |
            {"Map::Inner::a", "Map::Inner::b"})

    def test_FaultsSeeOneThatNoLongerApplies(self):
        self.write("lib/map/find.cc", "int f() { return 3; }\n")
        self.speaks(checks.faults, "canary.fault:9: the old text occurs 0 times in lib/map/find.cc, not once")
        self.write("faults/canary.fault", FAULT.replace("survivor: no\n", "survivor: no\ntest: gcmap_map_test Verifier.SeesM1\n"))
        self.speaks(checks.faults, "canary.fault:10: the old text", "canary.fault:1: no test Verifier.SeesM1 in lib/map/**/*_test.cc")
        self.write("lib/map/find.cc", "int f() { return 1; }\n")
        self.write("lib/map/verifier_test.cc", "TEST(Verifier, SeesM1) {\n")
        self.assertEqual(checks.faults(self.root), [])
        (self.root / "faults/canary.fault").unlink()
        self.speaks(checks.faults, "there is no canary")

    def found(self, rule):
        """What the rule says of the tree, by file and line."""
        return [line.split(f": {rule}")[0] for line in checks.words(self.root) if f": {rule}" in line]

    def test_WordsSeeNamesThatAreNowhereInTheCode(self):
        self.write("lib/map/find.cc", "// Built by GoneTraits, kGone and gone_it, see gone().\nint f() { return 1; }  // of `Gone::f`\n")
        self.write("lib/map/erase.cc", "// Built by MapTable, kHere and erase_it, see here(); `f`.\nint kHere, erase_it, here; class MapTable {};\n")
        self.speaks(checks.words, *(f"lib/map/find.cc:1: unknown: {name} is" for name in ("GoneTraits", "kGone", "gone_it", "gone")),
                    "lib/map/find.cc:2: unknown: Gone is")
        self.assertNotIn("erase.cc", "\n".join(checks.words(self.root)))

    def test_WordsReadPythonShellCMakeAndMarkdown(self):
        self.write("docs/HEAP.md", "`GoneFromMarkdown` of [a table](INVARIANTS.md).\n\n    code: GoneFromCode\n")
        self.write("README.md", "What holds: docs/INVARIANTS.md, docs/HEAP.md, tool.py, run.sh.\n")
        self.write("tools/tool.py", '"""Calls GoneFromPython."""\nx = "GoneFromStrings"  # as gone_from_comments does\n')
        self.write("ci/run.sh", "# As GoneFromShell did.\necho\n")
        self.write("lib/map/CMakeLists.txt", "gcmap_layer(map heap)  # as GoneFromCMake was\n")
        self.assertEqual(self.found("unknown"), ["ci/run.sh:1", "docs/HEAP.md:1", "lib/map/CMakeLists.txt:1", "tools/tool.py:1", "tools/tool.py:2"])

    def test_WordsReadTablesAndHeadingsOfMarkdown(self):
        self.write("docs/HEAP.md", "# On `GoneHeading`\n| `std::map` | ours |\n|---|---|\n| `their_name` | `GoneCell` |\n\n"
                   "| here | there |\n|---|---|\n| `GoneFirst` | INVARIANTS.md, 4 KiB |\n")
        self.write("README.md", "What holds: docs/INVARIANTS.md, docs/HEAP.md.\n")
        self.speaks(checks.words, *(f"docs/HEAP.md:{line}: unknown: {name} is" for line, name in ((1, "GoneHeading"), (4, "GoneCell"), (8, "GoneFirst"))))
        self.assertEqual(len(self.found("unknown")), 3)

    def test_WordsFindNoNameInProseThatIsALiteral(self):
        self.write("README.md", "What holds: docs/INVARIANTS.md.\nGoneFromCode, gone_from_python, kGone, gone_from_fault; a_kind, a_key.\n")
        self.write("lib/map/find.cc", '// Owner of M1.\nint f() { return 1; }\nconst char* s = "no GoneFromCode"; const char* r = R"(kGone)"; auto k = "a_kind";\n')
        self.write("tools/tool.py", 'x = "as gone_from_python did"\ny = x["a_key"]\n')
        self.write("faults/canary.fault", FAULT.replace("off by one", "gone_from_fault"))
        self.speaks(checks.words, *(f"README.md:2: unknown: {name} is" for name in ("GoneFromCode", "gone_from_python", "kGone", "gone_from_fault")))
        self.assertEqual(len(self.found("unknown")), 4)

    def test_WordsTakeNamesOfOthersFilesAndPlaceholdersAsTheyAre(self):
        self.write("lib/map/find.cc", "// MurmurHash3, `std::gone_too`, find.cc and map/verify.cc, case_NAME, do_k<Operation>, M1 - `ab`.\nint f() { return 1; }\n")
        self.assertEqual(self.found("unknown"), [])

    def test_WordsSeeAWordLeftOnALineOfItsOwn(self):
        full = "// " + "word " * 21 + "so"
        for ending in ("alone\n", "alone\n// and then on\n", "(alone).\n"):
            self.write("lib/map/find.cc", f"{full}\n// {ending}int f() {{ return 1; }}\n")
            self.assertEqual(self.found("lone-word"), ["lib/map/find.cc:2"], ending)

    def test_WordsLeaveShortLinesListsAndPicturesAlone(self):
        full = "// " + "word " * 21 + "so"
        for text in ("// It is\n// alone.\n", f"{full}\n// not alone\n", f"{full}\n//\n// Heading\n", f"{full}:\n// item\n",
                     f"{full}\n// +---------------+\n", f"{full}\nint alone;\n"):
            self.write("lib/map/find.cc", text + "int f() { return 1; }\n")
            self.assertEqual(self.found("lone-word"), [], text)

    def test_WordsSeeProseOfMoreThan110Columns(self):
        self.write("lib/map/find.cc", "// " + "x" * 108 + "\nint f() { return 1; }\n")
        self.write("tools/tool.py", '"""Is read.\n\n' + "x " * 56 + '\n"""\n# ' + "x " * 55 + "\n")
        self.write("README.md", "Of tools/tool.py and docs/INVARIANTS.md:\n" + "x " * 56 + "\n")
        self.write("harness/op.def", "// " + "x " * 56 + "\nROW(x)\n")
        self.assertEqual(self.found("wide"), ["README.md:2", "harness/op.def:1", "lib/map/find.cc:1", "tools/tool.py:3", "tools/tool.py:5"])

    def test_WordsLeaveTablesCodeLinksAndRowsAlone(self):
        wide = "x " * 60
        self.write("README.md", f"docs/INVARIANTS.md\n| {wide} |\n    {wide}\n```\n{wide}\n```\n[{wide}](docs/INVARIANTS.md)\nhttps://{wide}\n# {wide}\n")
        self.write("harness/op.def", f"OP(x, {wide})  // {wide}\n   {wide}\n")
        self.write("harness/run.cc", '#include "harness/op.def"\n' + f"int x;  // {wide}\n//     {wide}\n")
        self.assertEqual(self.found("wide"), [])

    def test_WordsSeeLabelsInTheMiddleOfALine(self):
        for text in ("Puts it in. Requires: room.", "Zero: nil. Cost: O(1).", "Room (a lot). Errors of both: none.", "Takes one. Returns whether",
                     "Takes one (or two.) Returns: which", "Requires: room. Errors: none."):
            for file in ("lib/include/gcmap/internal/map/layout.h", "lib/map/grow.cc"):
                self.write(file, f"// {text}\nint f();  // {text}\n")
                self.assertEqual(self.found("label"), [f"{file}:{line}" for line in (1, 2)], text)
                self.write(file, "")

    def test_WordsTakeLabelsThatBeginALine(self):
        for text in ("Requires: room.\n// Returns: which.\n// Errors: none.\n// Cost: O(1).", "Returns which.", "Errors of both: none.", "What it Returns, the Cost"):
            self.write("lib/include/gcmap/internal/map/layout.h", f"// {text}\nint f();  // {text}\n")
            self.assertEqual(self.found("label"), [], text)

    def test_WordsSeeFilesThatNobodyNeeds(self):
        self.write("lib/map/gone.h", "")
        self.write("harness/attic/gone.cc", "")
        self.write("bench/gone.cc", "")
        self.write("bench/CMakeLists.txt", "add_executable(bench bench.cc)\n")
        self.write("tools/gone.py", "")
        self.write("docs/GONE.md", "")
        self.write("ci/gone", "#!/bin/sh\n")
        self.assertEqual(self.found("dead-file"), ["bench/gone.cc:1", "ci/gone:1", "docs/GONE.md:1", "harness/attic/gone.cc:1", "lib/map/gone.h:1", "tools/gone.py:1"])

    def test_WordsKnowHowFilesAreReached(self):
        self.write("harness/run/maps/here.cc", "")
        self.write("lib/map/here.h", "")
        self.write("lib/map/here.cc", '#include "map/here.h"\n')
        self.write("bench/here_bench.cc", "")
        self.write("bench/CMakeLists.txt", "include(Here)\nforeach(program here_bench)\n  add_executable(${program} ${program}.cc)\nendforeach()\n")
        self.write("cmake/Here.cmake", "")
        self.write("ci/CMakeLists.txt", 'file(GLOB tests "${PROJECT_SOURCE_DIR}/tools/dev/*_test.py")\nadd_test(${tested}_check.py)\n')
        self.write("ci/here_check.py", "from dev import here\n")
        self.write("tools/dev/here.py", "")
        self.write("tools/dev/here_test.py", "")
        self.write("build-here/CMakeFiles/made.cc", "")
        self.write("tools/dev/__pycache__/made.py", "")
        self.assertEqual(self.found("dead-file"), [])

    def test_HeadersSeeANameWhoseHeaderIsIncludedNowhere(self):
        self.write("harness/run/run.cc", "// std::string\n#include <vector>\nstd::vector<int> f(int i) {\n  return {std::min(i, 1)};\n}\n")
        self.assertEqual(checks.headers(self.root),
                         ["harness/run/run.cc:4: std::min is declared by <algorithm>, which is not included"])

    def test_HeadersComeFromOursAndTheirs(self):
        self.write("harness/run/run.h", '#include <algorithm>\n#include "harness/run/circle.h"\n')
        self.write("harness/run/circle.h", '#include "harness/run/run.h"\n')
        self.write("harness/run/run.cc", '#include "harness/run/run.h"\nint f(int i) { return std::min(i, 1); }\n')
        self.assertEqual(checks.headers(self.root), [])

    def test_HeadersTellNamesOfTwoHeadersApart(self):
        for uses, header in (("std::move(f)", "utility"), ("std::move(f, l, to)", "algorithm"), ("std::remove(f, l, 1)", "algorithm"),
                             ("std::remove(path)", None)):
            self.write("harness/run/run.cc", f"int i = {uses};\n")
            self.assertEqual([line.split("<")[1].split(">")[0] for line in checks.headers(self.root)], [header] if header else [], uses)

    def test_AnEmptyTreeIsAFailure(self):
        with tempfile.TemporaryDirectory() as empty:
            sys.argv = ["checks.py", "--root", empty, "layers"]
            self.assertEqual(checks.main(), 1)


if __name__ == "__main__":
    unittest.main()
