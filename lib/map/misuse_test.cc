// Misuse: nil maps, callbacks that write to their own map, threads that write at once.
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "gcmap/map.h"
#include "gcmap/misuse_error.h"
#include "gcmap/string.h"
#include "map/test_model.h"

namespace gcmap {
namespace {

// Run `hook` at the n-th call, once; then they are a plain hash and equality.
struct Hook {
  static inline std::function<void()> hook;
  static inline uint64_t countdown = 0;

  static void arm(uint64_t n, std::function<void()> action) {
    countdown = n;
    hook = std::move(action);
  }
  static void call() {
    if (countdown > 0 && --countdown == 0) std::exchange(hook, nullptr)();
  }
};
struct HookedHash {
  uint64_t operator()(uint64_t key, uint64_t seed) const {
    Hook::call();
    return mix64(key ^ seed);
  }
};
struct HookedEqual {
  bool operator()(uint64_t a, uint64_t b) const {
    Hook::call();
    return a == b;
  }
};
using HookedMap = Map<uint64_t, uint64_t, HookedHash, HookedEqual>;

// A map of `size` entries; a growth is in progress if the size is 27 or 53.
HookedMap filled(Heap& heap, uint64_t size) {
  HookedMap map(heap);
  for (uint64_t key = 0; key < size; ++key) map[key] = key * 10;
  return map;
}

using Operation = std::function<void(HookedMap&)>;
struct Named {
  const char* name;
  Operation run;
};
const std::vector<Named> kReads = {
    {"find", [](HookedMap& map) { (void)map.find(3); }},
    {"contains", [](HookedMap& map) { (void)map.contains(1000); }},
    {"at", [](HookedMap& map) { (void)map.at(5); }},
    {"==", [](HookedMap& map) { (void)(map == map); }},
};
const std::vector<Named> kWrites = {
    {"[]", [](HookedMap& map) { map[3] = 1; }},
    {"[] of a new key", [](HookedMap& map) { map[1000] = 1; }},
    {"try_emplace", [](HookedMap& map) { map.try_emplace(1001, 1); }},
    {"insert_or_assign", [](HookedMap& map) { map.insert_or_assign(3, 1); }},
    {"erase", [](HookedMap& map) { map.erase(3); }},
    {"clear", [](HookedMap& map) { map.clear(); }},
};

enum class Thrown { kNothing, kMisuse, kSomething };
struct Outcome {
  bool ran;  // was there such a callback?
  Thrown thrown;
};

// Runs operation(map) with inner(map) inside its n-th callback.
Outcome run_with_callback(HookedMap& map, const Operation& operation, uint64_t n, const Operation& inner) {
  Outcome outcome{false, Thrown::kNothing};
  Hook::arm(n, [&] {
    outcome.ran = true;
    inner(map);
  });
  try {
    operation(map);
  } catch (const MisuseError&) {
    outcome.thrown = Thrown::kMisuse;
  } catch (const std::runtime_error&) {
    outcome.thrown = Thrown::kSomething;
  }
  Hook::arm(0, nullptr);
  return outcome;
}

// Calls check(map, run) on a fresh map for the first callback of an operation, the second and so on. run()
// does the operation.
// Returns how many callbacks there were.
template <typename Check>
uint64_t at_every_callback(uint64_t size, const Operation& operation, const Operation& inner, Check&& check) {
  for (uint64_t n = 1;; ++n) {
    Heap heap;
    HookedMap map = filled(heap, size);
    bool ran = false;
    check(map, [&] {
      const Outcome outcome = run_with_callback(map, operation, n, inner);
      ran = outcome.ran;
      return outcome;
    });
    expect_sound(MapDoor::inspect(map));
    map[2000] = 1;  // the writing flag is down
    EXPECT_EQ(map.at(2000), 1u);
    if (!ran) return n - 1;
  }
}

TEST(Misuse, AWriteInsideACallbackOfTheSameMapThrowsAndChangesNothing) {
  uint64_t callbacks = 0;
  std::vector<Named> operations = kReads;
  operations.insert(operations.end(), kWrites.begin(), kWrites.end());
  for (const Named& operation : operations) {
    for (const Named& inner : kWrites) {
      for (const uint64_t size : {8, 14, 27}) {
        callbacks += at_every_callback(size, operation.run, inner.run, [&](HookedMap& map, auto&& run) {
          const auto before = contents(map);
          const Outcome outcome = run();
          EXPECT_EQ(outcome.thrown, outcome.ran ? Thrown::kMisuse : Thrown::kNothing)
              << operation.name << " with " << inner.name << " inside, size " << size;
          if (outcome.ran) {
            EXPECT_EQ(contents(map), before) << operation.name << " with " << inner.name << " inside";
          }
        });
      }
    }
  }
  EXPECT_GT(callbacks, 300u);
}

TEST(Misuse, ACallbackMayReadItsOwnMap) {
  uint64_t callbacks = 0;
  for (const Named& operation : kWrites) {
    const Operation read = [](HookedMap& map) {
      EXPECT_EQ(map.at(13), 130u);
      EXPECT_FALSE(map.contains(77));
    };
    callbacks += at_every_callback(27, operation.run, read, [&](HookedMap&, auto&& run) {
      EXPECT_EQ(run().thrown, Thrown::kNothing) << operation.name;
    });
  }
  EXPECT_GT(callbacks, 10u);
}

TEST(Misuse, ACallbackMayWriteToAnotherMap) {
  for (const Named& operation : kWrites) {
    const Operation write = [](HookedMap& map) {
      HookedMap other = filled(map.heap(), 30);
      other.erase(4);
      EXPECT_EQ(other.size(), 29u);
    };
    at_every_callback(27, operation.run, write, [&](HookedMap&, auto&& run) {
      EXPECT_EQ(run().thrown, Thrown::kNothing) << operation.name;
    });
  }
}

TEST(Misuse, ALoopInsideACallbackOfAWriteThrows) {
  for (const Named& operation : kWrites) {
    const Operation loop = [](HookedMap& map) {
      for (const auto [key, value] : map) ADD_FAILURE() << "met " << key << " " << value;
    };
    at_every_callback(27, operation.run, loop, [&](HookedMap&, auto&& run) {
      const Outcome outcome = run();
      EXPECT_EQ(outcome.thrown, outcome.ran ? Thrown::kMisuse : Thrown::kNothing) << operation.name;
    });
  }
}

// An exception of the n-th call of hash or equality, for every n: contents as before, and loops go on.
TEST(Misuse, WhatHashAndEqualityThrowChangesNothing) {
  uint64_t thrown = 0;
  for (const Named& operation : kWrites) {
    for (const uint64_t size : {0, 1, 8, 14, 27, 53}) {
      const Operation fail = [](HookedMap&) { throw std::runtime_error("callback"); };
      thrown += at_every_callback(size, operation.run, fail, [&](HookedMap& map, auto&& run) {
        const auto before = contents(map);
        auto loop = map.begin();
        const Outcome outcome = run();
        EXPECT_EQ(outcome.thrown, outcome.ran ? Thrown::kSomething : Thrown::kNothing) << operation.name;
        if (!outcome.ran) return;
        EXPECT_EQ(contents(map), before) << operation.name << ", size " << size;
        std::map<uint64_t, uint64_t> seen;
        for (; loop != map.end(); ++loop) seen.emplace(loop->first, loop->second);
        EXPECT_EQ(seen, before) << operation.name << ", size " << size;
      });
    }
  }
  EXPECT_GT(thrown, 50u);
}

TEST(Misuse, AStepOfALoopThatThrowsLeavesItWhereItWas) {
  for (uint64_t n = 1; n < 40; ++n) {
    Heap heap;
    HookedMap map = filled(heap, 27);
    std::map<uint64_t, uint64_t> seen;
    auto loop = map.begin();
    for (; loop != map.end();) {
      EXPECT_TRUE(seen.emplace(loop->first, loop->second).second);
      if (seen.size() == 3) {
        for (uint64_t key = 0; key < 20; ++key) map[key] = key * 10;  // moves chains under the loop
        Hook::arm(n, [] { throw std::runtime_error("callback"); });
      }
      try {
        ++loop;
      } catch (const std::runtime_error&) {
        EXPECT_TRUE(seen.contains(loop.key()));
        ++loop;
      }
    }
    Hook::arm(0, nullptr);
    EXPECT_EQ(seen, contents(map));
  }
}

// A value whose == runs the hook, as the hash and equality above do.
struct HookedValue {
  uint64_t x;
  friend bool operator==(const HookedValue& a, const HookedValue& b) {
    Hook::call();
    return a.x == b.x;
  }
};

// While two maps are compared, == of their values writes to one of them: refused whoever hashes, through
// every handle, and the comparison goes on.
template <typename M>
void expect_writes_refused_while_compared() {
  const std::vector<std::pair<const char*, std::function<void(M&)>>> writes = {
      {"insert", [](M& map) { map.insert_or_assign(100, HookedValue{1}); }},
      {"assign", [](M& map) { map.insert_or_assign(3, HookedValue{1}); }},
      {"[]", [](M& map) { map[100]; }},
      {"erase", [](M& map) { map.erase(3); }},
      {"erase_if", [](M& map) { erase_if(map, [](const auto&) { return true; }); }},
      {"clear", [](M& map) { map.clear(); }},
      {"reserve", [](M& map) { map.reserve(1000); }},
      {"shrink_to_fit", [](M& map) { map.shrink_to_fit(); }},
  };
  for (const auto& named : writes) {
    const char* const name = named.first;
    const std::function<void(M&)>& write = named.second;
    for (const bool shared : {false, true}) {
      for (const uint64_t n : {1, 20}) {
        Heap heap;
        M a(heap);
        M b(heap);
        for (uint64_t i = 0; i < 20; ++i) a.insert_or_assign(i, {i}), b.insert_or_assign(i, {i});
        M handle = shared ? a.share() : M();
        bool refused = false;
        Hook::arm(n, [&] {
          EXPECT_THROW(write(shared ? handle : n == 1 ? a : b), MisuseError) << name;
          refused = true;
        });
        EXPECT_TRUE(a == b) << name;
        EXPECT_TRUE(refused) << name;
        EXPECT_EQ(a.size(), 20u) << name;
        expect_sound(MapDoor::inspect(a));
        Hook::arm(0, nullptr);
        write(a);  // outside of a comparison it is a write like any other
      }
    }
  }
}

TEST(Misuse, AWriteByTheEqualityOfValuesIsRefused) {
  expect_writes_refused_while_compared<Map<uint64_t, HookedValue>>();
  expect_writes_refused_while_compared<Map<uint64_t, HookedValue, HookedHash, HookedEqual>>();
}

TEST(Nil, ReadsAsAnEmptyMap) {
  Map<uint64_t, uint64_t> nil;
  EXPECT_TRUE(nil.nil());
  EXPECT_EQ(nil.size(), 0u);
  EXPECT_TRUE(nil.empty());
  EXPECT_FALSE(nil.find(1));
  EXPECT_TRUE(nil.find(1) == nil.end());
  EXPECT_FALSE(nil.contains(1));
  EXPECT_EQ(nil.count(1), 0u);
  EXPECT_THROW(nil.at(1), std::out_of_range);
  EXPECT_EQ(nil.erase(1), 0u);
  nil.clear();
  for (const auto [key, value] : nil) ADD_FAILURE() << key << " " << value;
  EXPECT_EQ(erase_if(nil, [](const auto&) { return true; }), 0u);
  EXPECT_TRUE(nil.share().nil());

  Heap heap;
  const Map<uint64_t, uint64_t> empty(heap);
  EXPECT_TRUE(nil == empty);
  EXPECT_TRUE(empty == nil);
}

TEST(Nil, InsertionThrows) {
  Map<uint64_t, uint64_t> nil;
  EXPECT_THROW(nil[1], MisuseError);
  EXPECT_THROW(nil.try_emplace(1), MisuseError);
  EXPECT_THROW(nil.try_emplace(1, 2), MisuseError);
  EXPECT_THROW(nil.emplace(1, 2), MisuseError);
  EXPECT_THROW(nil.insert({1, 2}), MisuseError);
  EXPECT_THROW(nil.insert_or_assign(1, 2), MisuseError);
  EXPECT_THROW((nil = {{1, 2}}), MisuseError);
  Map<String, String> strings;
  EXPECT_THROW(strings.insert_or_assign("a", "b"), MisuseError);
  EXPECT_TRUE(nil.nil());
}

TEST(Nil, AMemberOfNoMapGivesOne) {
  struct Group {
    Member<Map<uint64_t, uint64_t>> map;
    void trace(Visitor& visitor) const { visitor.trace(map); }
  };
  Heap heap;
  const Local<Group> group(heap, make<Group>(heap));
  EXPECT_TRUE(group->map.get().nil());
  EXPECT_FALSE(group->map.get().contains(3));
  group->map = Map<uint64_t, uint64_t>(heap);
  group->map.get()[3] = 4;
  EXPECT_EQ(group->map.get().at(3), 4u);
  group->map = Map<uint64_t, uint64_t>();
  EXPECT_FALSE(group->map);
}

// A second thread writes while the first is inside a hash: no lock, but a readable end.
TEST(MisuseDeathTest, ConcurrentWritesAreFatal) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto collide = [](const Operation& outer, const Operation& inner) {
    Heap heap;
    HookedMap map = filled(heap, 14);
    Hook::arm(1, [&] { std::thread([&] { inner(map); }).join(); });
    outer(map);
  };
  const Operation write = [](HookedMap& map) { map[3] = 1; };
  EXPECT_DEATH(collide(write, write), "concurrent map writes");
  EXPECT_DEATH(collide(write, [](HookedMap& map) { map.clear(); }), "concurrent map writes");
  EXPECT_DEATH(collide(write, [](HookedMap& map) { map.erase(3); }), "concurrent map writes");
  EXPECT_DEATH(collide(write, [](HookedMap& map) { (void)map.find(3); }),
               "concurrent map read and map write");
  EXPECT_DEATH(collide(write, [](HookedMap& map) { (void)map.begin(); }),
               "concurrent map iteration and map write");
}

}  // namespace
}  // namespace gcmap
