// Continues conformance_test.cc: insertion, erasure, look-up, exceptions, and what stays valid across writes.
#include <gtest/gtest.h>

#include <array>
#include <concepts>
#include <limits>
#include <map>
#include <new>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gcmap/map.h"
#include "gcmap/step.h"
#include "gcmap/string.h"
#include "map/test_model.h"

namespace gcmap {
namespace {

using Model = std::map<uint64_t, uint64_t>;

constexpr uint64_t kSizes[] = {0, 1, 8, 9, 14, 27, 53, 105};  // from 9 on some are in the middle of a growth

U64Map filled(Heap& heap, uint64_t size) {
  U64Map map(heap);
  for (uint64_t key = 0; key < size; ++key) map[key] = key * 10;
  return map;
}

// a.insert(t), a.emplace(args): true iff inserted; the iterator leads to the element with that key.
TEST(UnorderedInsert, ReturnsTheEntryAndWhetherItIsNew) {
  using Form = std::pair<U64Map::Cursor, bool> (*)(U64Map&, uint64_t, uint64_t);
  const std::vector<Form> forms = {
      [](U64Map& map, uint64_t key, uint64_t value) {
        return map.insert({key, value});
      },
      [](U64Map& map, uint64_t key, uint64_t value) { return map.insert(std::make_pair(key, value)); },
      [](U64Map& map, uint64_t key, uint64_t value) { return map.emplace(key, value); },
      [](U64Map& map, uint64_t key, uint64_t value) { return map.try_emplace(key, value); },
  };
  for (const Form insert : forms) {
    for (const uint64_t size : kSizes) {
      Heap heap;
      U64Map map = filled(heap, size);
      const auto [fresh, inserted] = insert(map, 500, 7);
      EXPECT_TRUE(inserted);
      EXPECT_EQ(fresh->first, 500u);
      EXPECT_EQ(fresh->second, 7u);
      const auto [present, again] = insert(map, 500, 8);
      EXPECT_FALSE(again);
      EXPECT_EQ(present->second, 7u) << "the present value stays";
      EXPECT_EQ(map.size(), size + 1);
    }
  }
}

// a.insert(i, j), a.insert(il), a.insert_range(rg): t for each, if there is none with its key.
TEST(UnorderedInsert, OfRangesSkipsPresentKeys) {
  Heap heap;
  const std::vector<std::pair<uint64_t, uint64_t>> entries = {{1, 1}, {30, 2}, {30, 3}, {31, 4}};
  const Model expected = {{0, 0}, {1, 10}, {30, 2}, {31, 4}};
  U64Map by_iterators = filled(heap, 2);
  by_iterators.insert(entries.begin(), entries.end());
  EXPECT_EQ(contents(by_iterators), expected);
  U64Map by_list = filled(heap, 2);
  by_list.insert({{1, 1}, {30, 2}, {30, 3}, {31, 4}});
  EXPECT_EQ(contents(by_list), expected);
  U64Map by_range = filled(heap, 2);
  by_range.insert_range(entries);
  EXPECT_EQ(contents(by_range), expected);
  U64Map from_map(heap);
  from_map.insert_range(by_range);
  from_map.insert_range(from_map);
  EXPECT_EQ(contents(from_map), expected);
}

// Ranges of maps may hold whatever maps hold.
TEST(UnorderedInsert, OfAnotherMapsEntriesOfEveryKind) {
  struct Node {
    uint64_t number;
  };
  Heap heap;
  Map<Member<Node>, Member<U64Map>> map(heap);
  for (uint64_t i = 0; i < 30; ++i) {
    const Local<Node> node(heap, make<Node>(heap, Node{i}));
    map.insert_or_assign(node.get(), U64Map(heap, {{i, i}}));
  }
  Map<Member<Node>, Member<U64Map>> copy(heap);
  copy.insert_range(map);
  EXPECT_TRUE(copy == map);
  Map<String, String> strings(heap, {{"a", "b"}, {"c", "d"}});
  Map<String, String> strings_too(heap, strings.begin(), strings.end());
  EXPECT_TRUE(strings == strings_too);
}

// [unord.map.modifiers] try_emplace: if the key is present, nothing changes, the argument included.
TEST(UnorderedTryEmplace, LeavesAPresentValueAndAllocatesNothingForKeys) {
  Heap heap;
  Map<String, uint64_t> map(heap);
  EXPECT_TRUE(map.try_emplace("key", 1).second);
  const uint64_t allocated = heap.stats().allocated_objects;
  EXPECT_FALSE(map.try_emplace("key", 2).second);
  EXPECT_FALSE(map.try_emplace("key").second);
  EXPECT_EQ(heap.stats().allocated_objects, allocated);
  EXPECT_EQ(map.at("key"), 1u);
  EXPECT_TRUE(map.try_emplace("zero").second);
  EXPECT_EQ(map.at("zero"), 0u);
}

// insert_or_assign: the value becomes the argument, the key stays; the bool tells whether it was new.
TEST(UnorderedInsertOrAssign, ReplacesTheValueAndKeepsTheKey) {
  for (const uint64_t size : kSizes) {
    Heap heap;
    U64Map map = filled(heap, size);
    EXPECT_TRUE(map.insert_or_assign(500, 1).second);
    const auto [cursor, inserted] = map.insert_or_assign(500, 2);
    EXPECT_FALSE(inserted);
    EXPECT_EQ(cursor->second, 2u);
    EXPECT_EQ(map.at(500), 2u);
    EXPECT_EQ(map.size(), size + 1);
  }
}

// operator[]: T() if absent. Here it is zero bytes, as in Go, whatever a default constructor would do.
TEST(UnorderedSubscript, InsertsZeroIfAbsent) {
  struct Five {
    int number = 5;
  };
  Heap heap;
  U64Map map = filled(heap, 27);
  EXPECT_EQ(map[100], 0u);
  EXPECT_EQ(map.size(), 28u);
  EXPECT_EQ(map[3], 30u);
  EXPECT_EQ(map.size(), 28u);
  Map<uint64_t, Five> fives(heap);
  EXPECT_EQ(fives[1].number, 0);
  fives.try_emplace(2, Five());
  EXPECT_EQ(fives.at(2).number, 5);
}

// a.erase(k): how many went.
TEST(UnorderedErase, ByKeyReturnsHowMany) {
  for (const uint64_t size : kSizes) {
    Heap heap;
    U64Map map = filled(heap, size);
    Model model = contents(map);
    for (uint64_t key = 0; key < size + 3; key += 2) {
      EXPECT_EQ(map.erase(key), model.erase(key));
      EXPECT_EQ(map.erase(key), 0u);
      ASSERT_EQ(contents(map), model);
    }
  }
}

// a.erase(q): the element q leads to. By what find gives.
TEST(UnorderedErase, ByCursorErasesWhatWasFound) {
  for (const uint64_t size : kSizes) {
    Heap heap;
    U64Map map = filled(heap, size);
    for (uint64_t key = 0; key < size; ++key) {
      map.erase(map.find(key));
      ASSERT_FALSE(map.contains(key));
      ASSERT_EQ(map.size(), size - key - 1);
    }
  }
}

// a.erase(q) returns the iterator after q: `it = m.erase(it)` visits every entry.
TEST(UnorderedErase, ByLoopGoesOnBehindTheErased) {
  for (const uint64_t size : kSizes) {
    for (const uint64_t keep : {1, 2, 3}) {
      Heap heap;
      U64Map map = filled(heap, size);
      uint64_t met = 0;
      for (auto it = map.begin(); it != map.end(); ++met) {
        if (it->first % keep != 0) {
          ++it;
        } else {
          it = map.erase(it);
        }
      }
      EXPECT_EQ(met, size);
      for (uint64_t key = 0; key < size; ++key) EXPECT_EQ(map.contains(key), key % keep != 0);
      expect_sound(MapDoor::inspect(map));
    }
  }
}

// [unord.map.erasure] erase_if: all for which it holds, and how many.
TEST(UnorderedErase, IfReturnsHowManyItErased) {
  for (const uint64_t size : kSizes) {
    Heap heap;
    U64Map map = filled(heap, size);
    const auto odd = [](const auto& entry) { return entry.second / 10 % 2 == 1; };
    EXPECT_EQ(erase_if(map, odd), size / 2);
    EXPECT_EQ(erase_if(map, odd), 0u);
    EXPECT_EQ(map.size(), size - size / 2);
  }
}

// A key that does not equal itself is erased by nobody but clear(), neither by cursor nor by erase_if.
TEST(UnorderedErase, OfANaNDoesNothing) {
  Heap heap;
  Map<double, uint64_t> map(heap);
  const auto [cursor, inserted] = map.try_emplace(std::numeric_limits<double>::quiet_NaN(), 7);
  EXPECT_TRUE(inserted);
  map.erase(cursor);
  EXPECT_EQ(map.size(), 1u);
  EXPECT_EQ(erase_if(map, [](const auto&) { return true; }), 0u);
  uint64_t met = 0;
  for (auto it = map.begin(); it != map.end(); it = map.erase(it)) ++met;
  EXPECT_EQ(met, 1u);
  EXPECT_EQ(map.size(), 1u);
  map.clear();
  EXPECT_TRUE(map.empty());
}

TEST(UnorderedClear, LeavesNothing) {
  for (const uint64_t size : kSizes) {
    Heap heap;
    U64Map map = filled(heap, size);
    map.clear();
    EXPECT_TRUE(map.empty());
    EXPECT_EQ(contents(map), Model());
    EXPECT_FALSE(map.contains(0));
    expect_sound(MapDoor::inspect(map));
    map[1] = 2;
    EXPECT_EQ(contents(map), (Model{{1, 2}}));
  }
}

// b.find, b.count, b.contains, b.at, also of a const map, at every size.
TEST(UnorderedLookUp, FindsWhatIsThereAndNothingElse) {
  for (const uint64_t size : kSizes) {
    Heap heap;
    const U64Map map = filled(heap, size);
    for (uint64_t key = 0; key < size + 20; ++key) {
      const bool there = key < size;
      ASSERT_EQ(map.contains(key), there);
      ASSERT_EQ(map.count(key), there ? 1u : 0u);
      ASSERT_EQ(map.find(key) == map.end(), !there);
      ASSERT_EQ(static_cast<bool>(map.find(key)), there);
      if (there) {
        ASSERT_EQ(map.at(key), key * 10);
        ASSERT_EQ(map.find(key)->first, key);
      } else {
        ASSERT_THROW(map.at(key), std::out_of_range);
      }
    }
  }
}

// Numbers by their names, for hash and equality that take both.
struct Named {
  const char* name;
};
struct NameHash {
  using is_transparent = void;
  uint64_t operator()(std::string_view key, uint64_t seed) const { return mix64(key.size() ^ seed); }
  uint64_t operator()(Named key, uint64_t seed) const {
    return mix64(std::string_view(key.name).size() ^ seed);
  }
};
struct NameEqual {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const { return a == b; }
  bool operator()(std::string_view a, Named b) const { return a == b.name; }
};
struct OpaqueEqual {
  bool operator()(std::string_view a, std::string_view b) const { return a == b; }
};

template <typename M>
concept FindsByName = requires(const M& map) {
  map.find(Named{"a"});
}
|| requires(const M& map) {
  map.contains(Named{"a"});
}
|| requires(const M& map) {
  map.count(Named{"a"});
}
|| requires(const M& map) {
  map.at(Named{"a"});
}
|| requires(M& map) {
  map.erase(Named{"a"});
};

// Look-up by other types: only if hash and equality both have is_transparent.
TEST(UnorderedLookUp, ByOtherTypesNeedsTransparency) {
  static_assert(FindsByName<Map<String, uint64_t, NameHash, NameEqual>>);
  static_assert(!FindsByName<Map<String, uint64_t, NameHash, OpaqueEqual>>);
  static_assert(!FindsByName<Map<String, uint64_t>>);
  Heap heap;
  Map<String, uint64_t, NameHash, NameEqual> map(heap);
  for (uint64_t i = 0; i < 60; ++i) map[std::string(i, 'x')] = i;
  const auto& const_map = map;
  EXPECT_EQ(const_map.find(Named{"xxx"})->second, 3u);
  EXPECT_TRUE(const_map.contains(Named{""}));
  EXPECT_EQ(const_map.count(Named{"y"}), 0u);
  EXPECT_EQ(const_map.at(Named{"xx"}), 2u);
  EXPECT_THROW(const_map.at(Named{"xy"}), std::out_of_range);
  EXPECT_EQ(map.erase(Named{"xxxx"}), 1u);
  EXPECT_EQ(map.erase(Named{"xxxx"}), 0u);
  EXPECT_EQ(map.size(), 59u);
}

// A stored key is erased as a key also where hash and equality would take it as something else: growth moves
// it in the middle of the call.
TEST(UnorderedLookUp, AStoredKeyIsErasedAsAKey) {
  Heap heap;
  Map<String, uint64_t, NameHash, NameEqual> map(heap);
  for (uint64_t i = 0; i < 105; ++i) map[std::string(i, 'x')] = i;
  ASSERT_EQ(MapDoor::inspect(map).state().growth, 1);
  for (uint64_t i = 0; i < 105; ++i)
    EXPECT_EQ(map.erase(map.find(Named{std::string(i, 'x').c_str()})->first), 1u);
  EXPECT_TRUE(map.empty());
}

// Throws at the n-th call.
struct Countdown {
  static inline int left = 0;
  static void tick() {
    if (left > 0 && --left == 0) throw std::runtime_error("callback");
  }
};
struct TickingHash {
  uint64_t operator()(uint64_t key, uint64_t seed) const {
    Countdown::tick();
    return mix64(key ^ seed);
  }
};
struct TickingEqual {
  bool operator()(uint64_t a, uint64_t b) const {
    Countdown::tick();
    return a == b;
  }
};
using TickingMap = Map<uint64_t, uint64_t, TickingHash, TickingEqual>;

// [unord.req.except]: a single insertion that throws has no effect. Here the same holds of erasure by key,
// which the standard lets throw what hash and equality throw.
TEST(UnorderedExceptions, AnInsertionOrErasureThatThrowsHasNoEffect) {
  using Write = void (*)(TickingMap&);
  const std::vector<Write> writes = {
      [](TickingMap& map) { map[500] = 1; },
      [](TickingMap& map) {
        map.insert({500, 1});
      },
      [](TickingMap& map) { map.insert_or_assign(3, 1); },
      [](TickingMap& map) { map.erase(3); },
      [](TickingMap& map) { map.erase(map.find(4)); },
  };
  uint64_t thrown = 0;
  for (const Write write : writes) {
    for (int n = 1; n < 60; ++n) {
      Heap heap;
      TickingMap map(heap);
      for (uint64_t key = 0; key < 27; ++key) map[key] = key;
      const auto before = contents(map);
      Countdown::left = n;
      bool failed = false;
      try {
        write(map);
      } catch (const std::runtime_error&) {
        failed = true;
      }
      Countdown::left = 0;
      if (!failed) break;
      ++thrown;
      ASSERT_EQ(contents(map), before);
      expect_sound(MapDoor::inspect(map));
    }
  }
  EXPECT_GT(thrown, 20u);
}

// clear() and swap() call neither hash nor equality and allocate nothing: nothing there can throw.
TEST(UnorderedExceptions, ClearAndSwapThrowNothing) {
  for (const uint64_t size : kSizes) {
    Heap heap;
    TickingMap map(heap);
    TickingMap other(heap);
    for (uint64_t key = 0; key < size; ++key) map[key] = key;
    Stepper(heap).fail_allocation(1);
    Countdown::left = 1;
    EXPECT_NO_THROW(map.swap(other));
    EXPECT_NO_THROW(other.clear());
    Countdown::left = 0;
    EXPECT_EQ(Stepper(heap).fail_allocation(0), 1u) << "an allocation was made";
    EXPECT_TRUE(other.empty());
  }
}

// While the map grows erase needs overflow buckets, and may throw std::bad_alloc; then nothing went.
TEST(UnorderedExceptions, ErasureDuringAGrowthMayRunOutOfMemory) {
  Heap heap;
  IdentityMap map(heap, 26);                             // 4 buckets
  for (uint64_t i = 0; i < 12; ++i) map[8 * i + 1] = i;  // twelve that stay in one chain
  for (uint64_t i = 0; MapDoor::inspect(map).state().growth == 0; ++i) map[4 * i + 3] = i;
  ASSERT_FALSE(MapDoor::inspect(map).evacuated(1));
  const auto before = contents(map);
  Stepper(heap).fail_allocation(1);
  uint64_t thrown = 0;
  try {
    map.erase(1);
  } catch (const std::bad_alloc&) {
    ++thrown;
    EXPECT_EQ(contents(map), before);
  }
  Stepper(heap).fail_allocation(0);
  EXPECT_EQ(thrown, 1u);
  EXPECT_EQ(map.erase(1), 1u);
}

// References and cursors stay valid across everything that only reads, loops included.
TEST(UnorderedValidity, ReferencesStayUntilTheNextWrite) {
  for (const uint64_t size : {1, 9, 27, 105}) {
    Heap heap;
    U64Map map = filled(heap, size);
    std::vector<const uint64_t*> values;
    for (uint64_t key = 0; key < size; ++key) values.push_back(&map.at(key));
    const auto cursor = map.find(0);
    for (const auto [key, value] : map) EXPECT_EQ(&value, values[key]);
    EXPECT_TRUE(map == map);
    const U64Map clone = map.clone();
    heap.collect();
    for (uint64_t key = 0; key < size; ++key) EXPECT_EQ(&map.at(key), values[key]);
    EXPECT_TRUE(cursor == map.find(0));
  }
}

}  // namespace
}  // namespace gcmap
