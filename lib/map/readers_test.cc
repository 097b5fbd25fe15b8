// Several threads that look up in one map at once: nothing they do changes a byte, so ThreadSanitizer is
// silent (./dev test tsan). Loops, clones and further handles are no look-ups: they register with the
// heap.
#include <gtest/gtest.h>

#include <atomic>
#include <limits>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "gcmap/internal/gc/heap_door.h"
#include "gcmap/map.h"
#include "gcmap/string.h"
#include "map/test_model.h"

namespace gcmap {
namespace {

constexpr int kThreads = 4;

// Runs `read` on every thread at once.
// Returns the sum of what it returns.
template <typename Read>
uint64_t on_every_thread(const Read& read) {
  std::atomic<int> ready = 0;
  std::atomic<uint64_t> sum = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (++ready; ready < kThreads;) std::this_thread::yield();
      sum += read();
    });
  }
  for (std::thread& thread : threads) thread.join();
  return sum;
}

// Counts look-ups that answered as they should. `key` makes the n-th key; those from `size` on are absent.
template <typename SomeMap, typename Key>
uint64_t look_ups(const SomeMap& map, uint64_t size, const Key& key) {
  uint64_t right = 0;
  for (uint64_t n = 0; n < 2 * size; ++n) {
    const bool there = n < size;
    const auto found = map.find(key(n));
    if (there ? found && found->second == n : !found) ++right;
    if (map.contains(key(n)) == there && map.count(key(n)) == (there ? 1u : 0u)) ++right;
    try {
      if (map.at(key(n)) == n && there) ++right;
    } catch (const std::out_of_range&) {
      if (!there) ++right;
    }
  }
  return right;
}

// At sizes without a growth in progress and in the middle of one.
template <typename K, typename Key>
void expect_readers_agree(const Key& key) {
  for (const uint64_t size : {8, 26, 27, 417}) {
    Heap heap;
    Map<K, uint64_t> map(heap);
    for (uint64_t n = 0; n < size; ++n) map[key(n)] = n;
    EXPECT_EQ(MapDoor::inspect(map).state().growth, size % 2 == 1 ? 1 : 0);
    const Map<K, uint64_t> clone = map.clone();
    const Map<K, uint64_t>& read = map;
    const uint64_t right = on_every_thread([&] {
      const bool whole = read.size() == size && !read.empty() && !read.nil() && read == clone;
      return look_ups(read, size, key) + (whole ? 1 : 0);
    });
    EXPECT_EQ(right, kThreads * (2 * size * 3 + 1)) << size;
    expect_sound(MapDoor::inspect(map));
  }
}

TEST(Readers, OfNumbersAgree) {
  expect_readers_agree<uint64_t>([](uint64_t n) { return n; });
}

TEST(Readers, OfStringsAgree) {
  expect_readers_agree<String>([](uint64_t n) { return std::to_string(n) + std::string(n % 40, 'x'); });
}

TEST(Readers, OfFloatingPointNumbersAgree) {
  expect_readers_agree<double>([](uint64_t n) { return static_cast<double>(n) / 4; });
}

// Hash and equality that call back are noted per thread.
TEST(Readers, OfKeysWithAHashOfTheirOwnAgree) {
  struct Hash {
    size_t operator()(uint64_t key) const { return key; }
  };
  Heap heap;
  Map<uint64_t, uint64_t, Hash> map(heap);
  for (uint64_t n = 0; n < 417; ++n) map[n] = n;
  const uint64_t right = on_every_thread(
      [&] { return look_ups(map, 417, [](uint64_t n) { return n; }) + (map == map ? 1 : 0); });
  EXPECT_EQ(right, kThreads * (2 * 417 * 3 + 1u));
}

TEST(Readers, FindNoNaN) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  Heap heap;
  Map<double, uint64_t> map(heap);
  for (uint64_t n = 0; n < 60; ++n) map[nan] = n;
  const uint64_t random = Random(HeapDoor::random(heap)).next();
  const uint64_t found = on_every_thread([&] {
    uint64_t times = 0;
    for (int i = 0; i < 200; ++i)
      times += map.count(nan) + (map.contains(nan) ? 1 : 0) + (map.find(nan) ? 1 : 0);
    return times + (map == map ? 1 : 0);
  });
  EXPECT_EQ(found, 0u);
  EXPECT_EQ(HeapDoor::random(heap).next(), random) << "a look-up drew a random number";
}

}  // namespace
}  // namespace gcmap
