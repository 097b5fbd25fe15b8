#include "gcmap/internal/alloc/object_space.h"

#include <gtest/gtest.h>

#include <cstring>
#include <new>
#include <set>
#include <utility>
#include <vector>

#include "alloc/heap_verifier.h"
#include "gcmap/internal/alloc/poison.h"
#include "gcmap/internal/alloc/type.h"

namespace gcmap {
namespace {

// A collector that never collects.
class IdleTrigger final : public CollectionTrigger {
 public:
  void on_allocation_slow() override { ++slow_calls; }
  bool sweep_one(SpanClass) override { return false; }
  bool reclaim() override { return false; }
  int slow_calls = 0;
};

Type bytes_type(size_t alignment = 8) {
  Type type;
  type.name = "bytes";
  type.size = 1;
  type.alignment = alignment;
  return type;
}

class ObjectSpaceTest : public testing::Test {
 protected:
  explicit ObjectSpaceTest(const SpaceOptions& options = {size_t{64} << 20, UINT64_MAX, 0})
      : space_(options, trigger_) {
    space_.attach(cache_);
  }

  char* allocate(size_t bytes) { return static_cast<char*>(space_.allocate(cache_, type_, bytes)); }

  // Ends a mark phase in which only `live` were reached and sweeps everything, without the sweeper.
  void collect_all_but(const std::set<const void*>& live) {
    std::vector<Span*> spans;
    space_.for_each_span([&](Span& span) { spans.push_back(&span); });
    for (const void* object : live) {
      Span* const span = space_.pages().index().span_of(object);
      span->set_mark(span->slot_of(object));
    }
    space_.begin_sweep();
    for (Span* span : spans) {
      space_.take_unswept(*span);
      uint32_t marked = 0;
      for (uint32_t slot = 0; slot < span->slot_count; ++slot) {
        if (span->is_allocated(slot) && !span->is_marked(slot))
          poison(span->slot_address(slot), span->requested_bytes(slot));
        marked += span->is_marked(slot) ? 1 : 0;
      }
      space_.free_dead(*span, span->live_count - marked);
      span->turn_over();
      space_.put_swept(*span);
    }
  }

  void expect_sound() {
    Violations violations;
    verify_space(space_, &violations);
    for (const Violation& v : violations) ADD_FAILURE() << v.id << " " << v.path << ": " << v.detail;
  }

  IdleTrigger trigger_;
  ObjectSpace space_;
  SpanCache cache_;
  Type type_ = bytes_type();
};

TEST_F(ObjectSpaceTest, MemoryIsZeroedAndWritable) {
  for (size_t bytes : {1, 7, 8, 24, 144, 1000, 8192, 32768, 32769, 300000}) {
    char* const object = allocate(bytes);
    for (size_t i = 0; i < bytes; ++i) ASSERT_EQ(object[i], 0);
    std::memset(object, 0xff, bytes);
  }
  expect_sound();
}

TEST_F(ObjectSpaceTest, ZeroSizeObjectsHaveAddressesOfTheirOwn) {
  std::set<char*> seen;
  for (int i = 0; i < 3000; ++i) EXPECT_TRUE(seen.insert(allocate(0)).second);
  expect_sound();
}

TEST_F(ObjectSpaceTest, ObjectsOfOneClassFillASpanInAddressOrder) {
  char* const first = allocate(144);
  for (uint32_t i = 1; i < kSizeClasses[class_of(144)].slots; ++i) EXPECT_EQ(allocate(144), first + i * 144);
  EXPECT_EQ(trigger_.slow_calls, 1);
  EXPECT_EQ(allocate(144), first + kPageBytes);
  EXPECT_EQ(trigger_.slow_calls, 2);
}

TEST_F(ObjectSpaceTest, ScannedAndPointerFreeObjectsLiveInDifferentSpans) {
  static constexpr uint32_t kOffset = 0;
  Type scanned = bytes_type();
  scanned.size = 8;
  scanned.pointer_offsets = &kOffset;
  scanned.pointer_count = 1;
  void* const a = space_.allocate(cache_, scanned, 16);
  void* const b = allocate(16);
  const PageIndex& index = space_.pages().index();
  EXPECT_FALSE(index.span_of(a)->noscan());
  EXPECT_TRUE(index.span_of(b)->noscan());
  EXPECT_EQ(index.span_of(a)->type_of(0), &scanned);
  expect_sound();
}

TEST_F(ObjectSpaceTest, AlignmentIsHonoured) {
  for (size_t alignment = 8; alignment <= kAlignmentMax; alignment *= 2) {
    const Type type = bytes_type(alignment);
    for (size_t bytes : {0, 1, 8, 100, 5000, 40000}) {
      for (int i = 0; i < 3; ++i) {
        const auto address = reinterpret_cast<uintptr_t>(space_.allocate(cache_, type, bytes));
        EXPECT_EQ(address % alignment, 0u) << bytes << " bytes";
      }
    }
  }
  expect_sound();
}

TEST_F(ObjectSpaceTest, LargeObjectsOwnTheirPages) {
  char* const a = allocate(kSmallBytesMax + 1);
  char* const b = allocate(100000);
  EXPECT_EQ(b - a, static_cast<std::ptrdiff_t>(5 * kPageBytes));
  EXPECT_EQ(space_.pages().pages_in_use(), 5u + 13u);
  EXPECT_EQ(space_.allocated_bytes(), 18 * kPageBytes);
  const Span* const span = space_.pages().index().span_of(b + 99999);
  EXPECT_EQ(span->slot_of(b + 99999), 0u);
  EXPECT_EQ(span->requested_bytes(0), 100000u);
  expect_sound();
}

TEST_F(ObjectSpaceTest, FreedSlotsAreReusedLowestFirstAndZeroed) {
  std::vector<char*> objects;
  for (int i = 0; i < 56; ++i) {
    objects.push_back(allocate(144));
    std::memset(objects.back(), 0xff, 144);
  }
  std::set<const void*> live(objects.begin(), objects.end());
  live.erase(objects[3]);
  live.erase(objects[50]);
  collect_all_but(live);
  expect_sound();
  EXPECT_EQ(space_.pages().pages_in_use(), 1u);
  for (int i : {3, 50}) {
    char* const reused = allocate(140);
    EXPECT_EQ(reused, objects[static_cast<size_t>(i)]);
    for (int k = 0; k < 140; ++k) ASSERT_EQ(reused[k], 0);
  }
  expect_sound();
}

TEST_F(ObjectSpaceTest, EmptySpansGoBackToThePageHeapAndServeAnotherClass) {
  char* const first = allocate(144);
  for (int i = 0; i < 500; ++i) allocate(144);
  allocate(500000);
  collect_all_but({});
  EXPECT_EQ(space_.counters().spans_in_use, 0u);
  EXPECT_EQ(space_.pages().pages_in_use(), 0u);
  expect_sound();
  EXPECT_EQ(allocate(4096), first);
  for (int i = 0; i < 4096; ++i) ASSERT_EQ(first[i], 0);
  expect_sound();
}

TEST_F(ObjectSpaceTest, SpansCachedWhenTheSweepBeginsBecomeUnswept) {
  char* const object = allocate(144);
  const Span& span = *space_.pages().index().span_of(object);
  EXPECT_EQ(span.sweepgen, space_.sweepgen() + 3);
  space_.begin_sweep();
  EXPECT_EQ(span.sweepgen, space_.sweepgen() - 2);
  EXPECT_TRUE(space_.needs_sweep(span));
  EXPECT_FALSE(space_.is_object(span, 0)) << "unmarked in an unswept span";
  EXPECT_EQ(space_.counters().unswept_pages, 1u);
  expect_sound();
  EXPECT_NE(allocate(144), object + 144) << "an unswept span must not be allocated from";
  expect_sound();
}

TEST_F(ObjectSpaceTest, OversizedRequestsFailWithoutATrace) {
  const uint64_t before = space_.allocated_objects();
  EXPECT_THROW(allocate(size_t{65} << 20), std::bad_alloc);
  EXPECT_THROW(allocate(SIZE_MAX / 2), std::bad_alloc);
  EXPECT_EQ(space_.allocated_objects(), before);
  EXPECT_EQ(space_.counters().spans_in_use, 0u);
  expect_sound();
}

class LimitedSpaceTest : public ObjectSpaceTest {
 protected:
  LimitedSpaceTest() : ObjectSpaceTest({size_t{64} << 20, 3, 0}) {}
};

TEST_F(LimitedSpaceTest, AtTheLimitAllocationFailsAndChangesNothing) {
  for (int i = 0; i < 3; ++i) {
    while (cache_.allocate(type_, 1024) != nullptr) {
    }
    allocate(1024);
  }
  while (cache_.allocate(type_, 1024) != nullptr) {
  }
  const uint64_t objects = space_.allocated_objects();
  EXPECT_EQ(objects, 24u);
  for (size_t bytes : {8, 1024, 40000}) EXPECT_THROW(allocate(bytes), std::bad_alloc);
  EXPECT_EQ(space_.allocated_objects(), objects);
  EXPECT_EQ(space_.counters().spans_in_use, 3u);
  expect_sound();
}

#ifdef GCMAP_POISONING

TEST_F(ObjectSpaceTest, WhatNoObjectOwnsIsPoisoned) {
  char* const object = allocate(13);
  EXPECT_FALSE(__asan_address_is_poisoned(object + 12));
  EXPECT_TRUE(__asan_address_is_poisoned(object + 13)) << "slack";
  EXPECT_TRUE(__asan_address_is_poisoned(object + 16)) << "next slot";
  EXPECT_TRUE(__asan_address_is_poisoned(object + kPageBytes)) << "free page";
  char* const large = allocate(50000);
  EXPECT_FALSE(__asan_address_is_poisoned(large + 49999));
  EXPECT_TRUE(__asan_address_is_poisoned(large + 50000));
}

TEST_F(ObjectSpaceTest, ReadingAFreedSlotFaults) {
  char* const dead = allocate(144);
  char* const live = allocate(144);
  dead[5] = 1;
  collect_all_but({live});
  EXPECT_DEATH({ static_cast<volatile char*>(dead)[5] = 2; }, "use-after-poison");
}

#endif

}  // namespace
}  // namespace gcmap
