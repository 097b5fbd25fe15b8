// Checked builds: what a user got wrong ends the process at once, and says what it was.
#include "gcmap/internal/base/checked.h"

#include <gtest/gtest.h>

#include <thread>

#include "gc/test_objects.h"
#include "gcmap/arena.h"
#include "gcmap/internal/gc/heap_door.h"
#include "gcmap/pool.h"
#include "gcmap/step.h"

#if GCMAP_CHECKED

namespace gcmap {
namespace {

using CheckedDeathTest = testing::Test;

constexpr char kOtherHeap[] = "is no object of this heap but of another one, or of none";
constexpr char kNoHeap[] = "lies in no heap: a Member, WeakMember or String outside a collected object";

TEST(CheckedDeathTest, AnObjectOfAnotherHeapIsTakenByNothing) {
  Heap heap;
  Heap other;
  const Local<Pair> own(heap, make<Pair>(heap));
  const Local<Pair> stranger(other, make<Pair>(other));
  Root<Pair> root(heap);
  Pool<Pair> pool(heap);
  EXPECT_DEATH(Local<Pair>(heap, stranger.get()), kOtherHeap);
  EXPECT_DEATH(root = stranger.get(), kOtherHeap);
  EXPECT_DEATH(own->left = stranger.get(), kOtherHeap);
  EXPECT_DEATH(pool.put(stranger.get()), kOtherHeap);
}

TEST(CheckedDeathTest, ThatAMemberLiesInNoHeapIsSaid) {
  Heap heap;
  const Local<Pair> own(heap, make<Pair>(heap));
  Member<Pair> on_the_stack;
  static Member<Pair> global;
  EXPECT_DEATH(on_the_stack = own.get(), kNoHeap);
  EXPECT_DEATH(global = own.get(), kNoHeap);
  Pair outside;
  EXPECT_DEATH(own->left = &outside, kOtherHeap);
}

TEST(CheckedDeathTest, AHeapThatIsGoneIsNone) {
  Pair* left_over = nullptr;
  {
    Heap heap;
    left_over = make<Pair>(heap);
  }
  EXPECT_DEATH(Heap::of(left_over), kNoHeap);
}

// A thread meets a heap another one is in the middle of using.
TEST(CheckedDeathTest, TwoThreadsInOneHeapAreTold) {
  Heap heap;
  EXPECT_DEATH(
      {
        const ThreadUse::Scope allocating(HeapDoor::thread_use(heap));
        std::thread([&] { make<Pair>(heap); }).join();
      },
      "two threads are using one heap at once");
  EXPECT_DEATH(
      {
        const ThreadUse::Scope allocating(HeapDoor::thread_use(heap));
        std::thread([&] { const Local<Pair> handle(heap); }).join();
      },
      "two threads are using one heap at once");
}

TEST(Checked, AHeapMayBeHandedFromThreadToThread) {
  Heap heap;
  Root<Pair> root(heap, make<Pair>(heap));
  for (int i = 0; i < 3; ++i) {
    std::thread([&] {
      root->left = make<Pair>(heap);
      heap.collect();
      EXPECT_EQ(heap.stats().live_objects, 2u);
    }).join();
    root->left = nullptr;
    heap.collect();
    EXPECT_EQ(heap.stats().live_objects, 1u);
  }
}

// An operation that an exception ends has left the heap.
TEST(Checked, AFailedAllocationLetsGoOfTheHeap) {
  Heap heap;
  Stepper(heap).fail_allocation(1);
  EXPECT_THROW(make<Pair>(heap), std::bad_alloc);
  std::thread([&] { EXPECT_NE(make<Pair>(heap), nullptr); }).join();
}

}  // namespace
}  // namespace gcmap

#endif  // GCMAP_CHECKED
