#include "gcmap/heap.h"

#include <gtest/gtest.h>
#include <cstring>

#include <memory>
#include <new>
#include <set>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include "gcmap/handles.h"
#include "gcmap/internal/alloc/reservation.h"
#include "gcmap/internal/gc/verify/inspector.h"
#include "gcmap/step.h"

namespace gcmap {
namespace {

struct Node {
  Member<Node> next;
  uint64_t value = 0;
  void trace(Visitor& visitor) const { visitor.trace(next); }
};

struct Blob {
  char bytes[144];
};

HeapOptions small_heap() {
  HeapOptions options;
  options.range_bytes = size_t{64} << 20;
  options.gogc_percent = -1;
  return options;
}

void expect_sound(const Heap& heap) {
  for (const Violation& v : heap.verify()) ADD_FAILURE() << v.id << " " << v.path << ": " << v.detail;
}

TEST(Heap, KeepsWhatRootsReachAndFreesTheRest) {
  Heap heap(small_heap());
  Root<Node> head(heap);
  for (uint64_t i = 0; i < 1000; ++i) {
    Local<Node> node(heap, make<Node>(heap));
    node->value = i;
    make<Blob>(heap);
    node->next = head.get();
    head = node.get();
  }
  heap.collect();
  EXPECT_EQ(heap.stats().live_objects, 1000u);
  EXPECT_EQ(heap.stats().freed_objects, 1000u);
  uint64_t expected = 1000;
  for (const Node* node = head.get(); node != nullptr; node = node->next.get())
    EXPECT_EQ(node->value, --expected);
  EXPECT_EQ(expected, 0u);
  expect_sound(heap);
  head = nullptr;
  heap.collect();
  EXPECT_EQ(heap.stats().live_objects, 0u);
  EXPECT_EQ(heap.stats().pages_in_use, 0u);
  expect_sound(heap);
}

TEST(Heap, AnInteriorPointerKeepsTheWholeObject) {
  Heap heap(small_heap());
  Root<char> middle(heap, make<Blob>(heap)->bytes + 77);
  *middle = 'x';
  Type big;
  big.size = 1;
  RootHandle large(heap, static_cast<char*>(heap.allocate(big, 100000)) + 99999);
  heap.collect();
  EXPECT_EQ(heap.stats().live_objects, 2u);
  EXPECT_EQ(*middle, 'x');
  EXPECT_EQ(HeapInspector(heap).find(large.get())->bytes, 100000u);
}

TEST(Heap, ZeroSizeObjectsAreDistinctAndCollected) {
  Heap heap(small_heap());
  Type empty;
  std::set<void*> seen;
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(seen.insert(heap.allocate(empty)).second);
  heap.collect();
  EXPECT_EQ(heap.stats().live_objects, 0u);
}

TEST(Heap, TwoHeapsDoNotTouchEachOther) {
  Heap a(small_heap());
  Heap b(small_heap());
  Root<Blob> in_a(a, make<Blob>(a));
  Root<Blob> in_b(b, make<Blob>(b));
  EXPECT_EQ(&Heap::of(in_a.get()), &a);
  EXPECT_EQ(&Heap::of(in_b.get()), &b);
  EXPECT_TRUE(a.contains(in_a.get()));
  EXPECT_FALSE(a.contains(in_b.get()));
  in_a = nullptr;
  a.collect();
  EXPECT_EQ(a.stats().live_objects, 0u);
  EXPECT_EQ(b.stats().live_objects, 1u);
  EXPECT_EQ(b.stats().cycles, 0u);
}

TEST(Heap, RefusesOptionsOutOfRangeByName) {
  const auto refusal = [](auto change) {
    HeapOptions options;
    change(options);
    try {
      Heap heap(options);
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  const auto names = [&](auto change, const char* name) {
    EXPECT_NE(refusal(change).find(name), std::string::npos) << refusal(change);
  };
  names([](HeapOptions& o) { o.barrier_buffer_entries = 0; },
        "barrier_buffer_entries is 0; it must be in [1, 1024]");
  names([](HeapOptions& o) { o.barrier_buffer_entries = 1025; }, "barrier_buffer_entries is 1025");
  names([](HeapOptions& o) { o.mark_piece_bytes = 63; }, "mark_piece_bytes is 63");
  names([](HeapOptions& o) { o.root_piece_slots = 0; }, "root_piece_slots is 0");
  names([](HeapOptions& o) { o.mark_stack_entries = 0; },
        "mark_stack_entries is 0; it must be in [1, 4294967295]");
  names([](HeapOptions& o) { o.refill_sweep_spans = 0; }, "refill_sweep_spans is 0");
  names([](HeapOptions& o) { o.range_bytes = 0; }, "range_bytes is 0");
  names([](HeapOptions& o) { o.range_bytes = 2 * kHeapRangeAlignment; }, "range_bytes");
  names([](HeapOptions& o) { o.range_bytes = (size_t{1} << 20) + 8192; }, "multiple of 1048576");
}

TEST(Heap, SizeOverflowThrowsAndAllocatesNothing) {
  Heap heap(small_heap());
  Type wide;
  wide.size = size_t{1} << 40;
  const HeapStats before = heap.stats();
  EXPECT_THROW(heap.allocate(wide, size_t{1} << 30), std::bad_alloc);
  EXPECT_THROW(heap.allocate(wide, 1), std::bad_alloc) << "larger than the range";
  EXPECT_TRUE(before == heap.stats());
  expect_sound(heap);
}

TEST(Heap, AtTheLimitThrowsAndChangesNothing) {
  HeapOptions options = small_heap();
  options.limit_bytes = 4 * kPageBytes;
  Heap heap(options);
  Root<Node> head(heap);
  try {
    for (;;) {
      Local<Node> node(heap, make<Node>(heap));
      node->next = head.get();
      head = node.get();
    }
  } catch (const std::bad_alloc&) {
  }
  EXPECT_EQ(heap.stats().pages_in_use, 4u);
  const HeapStats before = heap.stats();
  EXPECT_THROW(make<Node>(heap), std::bad_alloc);
  EXPECT_THROW(make<Blob>(heap), std::bad_alloc);
  EXPECT_TRUE(before == heap.stats());
  expect_sound(heap);
  head = nullptr;
  heap.collect();
  EXPECT_NE(make<Blob>(heap), nullptr);
}

TEST(Heap, DefaultPacingCollectsBeforeItGivesUp) {
  HeapOptions options = small_heap();
  options.limit_bytes = 4 * kPageBytes;
  options.gogc_percent = 100;  // the goal of 4 MiB lies far above the limit
  Heap heap(options);
  for (int i = 0; i < 10000; ++i) make<Blob>(heap);
  EXPECT_GT(heap.stats().cycles, 0u);
  EXPECT_LE(heap.stats().pages_in_use, 4u);
  expect_sound(heap);
}

TEST(Heap, TheNthAllocationFailsOnceAndChangesNothing) {
  Heap heap(small_heap());
  Stepper step(heap);
  for (uint64_t nth = 1; nth < 5; ++nth) {
    step.fail_allocation(nth);
    for (uint64_t i = 1; i < nth; ++i) make<Blob>(heap);
    const HeapStats before = heap.stats();
    EXPECT_THROW(make<Blob>(heap), std::bad_alloc);
    EXPECT_TRUE(before == heap.stats());
    expect_sound(heap);
    EXPECT_NE(make<Blob>(heap), nullptr);
  }
  step.fail_allocation(1);
  step.fail_allocation(0);
  EXPECT_NE(make<Blob>(heap), nullptr) << "cancelled";
}

TEST(Heap, VerifyChangesNothing) {
  Heap heap(small_heap());
  Stepper step(heap);
  Root<Node> head(heap);
  for (int i = 0; i < 100; ++i) {
    Local<Node> node(heap, make<Node>(heap));
    node->next = head.get();
    head = node.get();
  }
  const auto unchanged = [&] {
    const HeapStats before = heap.stats();
    const Phase phase = heap.phase();
    expect_sound(heap);
    return before == heap.stats() && phase == heap.phase();
  };
  EXPECT_TRUE(unchanged());
  step.start();
  step.mark(30);
  EXPECT_TRUE(unchanged());
  while (!step.mark(10)) EXPECT_TRUE(unchanged());
  step.terminate();
  EXPECT_TRUE(unchanged());
  while (!step.sweep(1)) EXPECT_TRUE(unchanged());
  EXPECT_TRUE(unchanged());
}

TEST(Heap, ARootThatOutlivesItsHeapIsFatal) {
  EXPECT_DEATH(
      {
        auto* heap = new Heap(small_heap());
        RootHandle root(*heap);
        delete heap;
      },
      "a root outlives its heap");
}

TEST(Heap, AConstructorThatThrowsLeavesGarbageOnly) {
  struct Throwing {
    Throwing() { throw std::runtime_error("no"); }
  };
  Heap heap(small_heap());
  EXPECT_THROW(make<Throwing>(heap), std::runtime_error);
  EXPECT_EQ(heap.stats().live_objects, 1u);
  heap.collect();
  EXPECT_EQ(heap.stats().live_objects, 0u);
}

TEST(Heap, ReusedMemoryIsZeroed) {
  Reservation::trim();  // pages fresh from the system are zero by themselves: only frees dirty them
  Heap heap(small_heap());
  Root<Blob> neighbour(heap, make<Blob>(heap));
  for (int round = 0; round < 3; ++round) {
    Blob* const blob = static_cast<Blob*>(heap.allocate(type_of<Blob>()));  // make() would zero it too
    for (char& byte : blob->bytes) EXPECT_EQ(byte, 0);
    std::memset(blob->bytes, 0xff, sizeof blob->bytes);
    heap.collect();
  }
}

TEST(Heap, MarkedBytesAreThoseOfTheLastCycleOnly) {
  Heap heap(small_heap());
  Root<Blob> a(heap, make<Blob>(heap));
  Root<Blob> b(heap, make<Blob>(heap));
  heap.collect();
  EXPECT_EQ(heap.stats().marked_bytes_last_cycle, 288u);
  b = nullptr;
  heap.collect();
  EXPECT_EQ(heap.stats().marked_bytes_last_cycle, 144u);
}

TEST(Heap, RoomThatOnlySweepingFindsIsFoundAtTheLimit) {
  constexpr size_t kSpans = 150;  // more than allocation sweeps before it asks for fresh pages
  HeapOptions options = small_heap();
  options.limit_bytes = kSpans * kPageBytes;
  Heap heap(options);
  Type half_page;
  half_page.size = kPageBytes / 2;
  std::vector<std::unique_ptr<RootHandle>> roots;
  for (size_t i = 0; i < 2 * kSpans; ++i)
    roots.push_back(std::make_unique<RootHandle>(heap, heap.allocate(half_page)));
  EXPECT_THROW(heap.allocate(half_page), std::bad_alloc);
  void* const dead = roots.back()->get();
  roots.pop_back();
  Stepper step(heap);
  step.start();
  step.mark(UINT64_MAX);
  step.terminate();
  EXPECT_EQ(heap.allocate(half_page), dead);
  expect_sound(heap);
}

TEST(Heap, ARefillSweepsNoMoreSpansThanAskedBeforeItTakesAFreshOne) {
  constexpr uint64_t kSpans = 10;
  for (const uint32_t limit : {1u, 3u, 100u}) {
    HeapOptions options = small_heap();
    options.refill_sweep_spans = limit;
    Heap heap(options);
    Type half_page;
    half_page.size = kPageBytes / 2;
    std::vector<std::unique_ptr<RootHandle>> roots;
    for (size_t i = 0; i < 2 * kSpans; ++i)
      roots.push_back(std::make_unique<RootHandle>(heap, heap.allocate(half_page)));
    const void* const dead = roots.back()->get();  // in the span swept last
    roots.pop_back();
    Stepper step(heap);
    ManualPacing manual;
    step.set_pacing(&manual);
    step.start();
    step.mark(UINT64_MAX);
    step.terminate();
    const bool found = heap.allocate(half_page) == dead;
    EXPECT_EQ(found, limit >= kSpans);
    EXPECT_EQ(heap.stats().sweep_work, found ? kSpans : limit);
    EXPECT_EQ(heap.stats().spans_in_use, found ? kSpans : kSpans + 1);
    expect_sound(heap);
  }
}

// Reads what the sanitizer would not let be read.
__attribute__((no_sanitize("address"), noinline)) std::set<unsigned> bytes_at(const char* start,
                                                                              size_t count) {
  std::set<unsigned> found;
  for (size_t i = 0; i < count; ++i) {
    const volatile char* const byte = start + i;
    found.insert(static_cast<unsigned char>(*byte));
  }
  return found;
}

TEST(Heap, FreedObjectsAreFilledWithATellingByteIfAskedFor) {
  for (const bool clobber : {false, true}) {
    HeapOptions options = small_heap();
    options.clobber_freed = clobber;
    Heap heap(options);
    Type bytes;
    bytes.size = 1;
    Root<Blob> neighbour(heap, make<Blob>(heap));  // keeps the span
    for (const size_t size : {size_t{1}, size_t{140}, size_t{100000}}) {
      char* const dead = static_cast<char*>(heap.allocate(bytes, size));
      std::memset(dead, 0x5a, size);
      heap.allocate(bytes, 0);
      heap.collect();
      EXPECT_EQ(bytes_at(dead, size), std::set<unsigned>{clobber ? 0xdbu : 0x5au}) << size;
      EXPECT_EQ(bytes_at(neighbour->bytes, sizeof(Blob)), std::set<unsigned>{0});
      expect_sound(heap);
      char* const fresh = static_cast<char*>(heap.allocate(bytes, size));
      EXPECT_EQ(fresh, dead);
      EXPECT_EQ(bytes_at(fresh, size), std::set<unsigned>{0}) << size << " bytes, used again";
    }
    EXPECT_EQ(heap.stats().freed_objects, 3u * 2 + 2) << "each, the empty ones and two used again";
  }
}

TEST(Heap, QuarantineDelaysReuse) {
  HeapOptions options = small_heap();
  const auto reused_after = [&](uint32_t quarantine) {
    options.quarantine_objects = quarantine;
    Heap heap(options);
    Root<Blob> neighbour(heap, make<Blob>(heap));  // keeps the span
    const void* const dead = make<Blob>(heap);
    heap.collect();
    for (int frees = 0; frees < 100; ++frees) {
      expect_sound(heap);
      EXPECT_EQ(heap.stats().live_objects, 1u);
      if (make<Blob>(heap) == dead) return frees;
      heap.collect();
    }
    return -1;
  };
  EXPECT_EQ(reused_after(0), 0);
  EXPECT_GE(reused_after(10), 10);
  EXPECT_LE(reused_after(10), 15);
}

TEST(Heap, QuarantineHoldsLargeObjectsToo) {
  HeapOptions options = small_heap();
  options.quarantine_objects = 2;
  Heap heap(options);
  Type big;
  big.size = 1;
  void* const dead = heap.allocate(big, 50000);
  heap.collect();
  EXPECT_EQ(heap.stats().live_objects, 0u);
  EXPECT_EQ(heap.stats().live_bytes, 0u);
  EXPECT_EQ(heap.stats().pages_in_use, 7u);
  expect_sound(heap);
  EXPECT_NE(heap.allocate(big, 50000), dead);
  make<Blob>(heap);
  heap.collect();
  heap.collect();
  expect_sound(heap);
  EXPECT_EQ(heap.allocate(big, 50000), dead);
}

#if defined(__SANITIZE_ADDRESS__)
#define GCMAP_TEST_WITH_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GCMAP_TEST_WITH_ASAN 1
#endif
#endif

#ifdef GCMAP_TEST_WITH_ASAN

TEST(Heap, UseAfterCollectionFaults) {
  Heap heap(small_heap());
  Node* const node = make<Node>(heap);
  Root<Node> neighbour(heap, make<Node>(heap));
  heap.collect();
  EXPECT_DEATH({ node->value = 1; }, "use-after-poison");
}

TEST(Heap, WritingBehindAnObjectFaults) {
  Heap heap(small_heap());
  Type bytes;
  bytes.size = 1;
  char* const object = static_cast<char*>(heap.allocate(bytes, 13));
  EXPECT_DEATH({ static_cast<volatile char*>(object)[13] = 1; }, "use-after-poison");
}

#endif

}  // namespace
}  // namespace gcmap
