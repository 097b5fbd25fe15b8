// The mark stack and what happens when it overflows: marking must find everything however little
// it remembers.
#include "gc/cycle/mark_stack.h"

#include <gtest/gtest.h>

#include <memory>
#include <new>
#include <vector>

#include "gc/test_objects.h"
#include "gcmap/handles.h"
#include "gcmap/internal/base/random.h"
#include "gcmap/step.h"

namespace {
bool no_memory = false;  // of the kind that is asked for with std::nothrow
}

void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  if (no_memory) return nullptr;
  try {
    return ::operator new(bytes);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

namespace gcmap {
namespace {

struct NoMemory {
  NoMemory() { no_memory = true; }
  ~NoMemory() { no_memory = false; }
};

TEST(MarkStack, IsAStackUpToItsLimit) {
  constexpr uint32_t kChunk = MarkStack::kChunkEntries;
  for (const uint32_t limit : {1u, 2u, kChunk - 1, kChunk, kChunk + 1, 2 * kChunk, 3 * kChunk + 7}) {
    Random random(limit);
    MarkStack stack(limit);
    std::vector<uint32_t> model;
    Grey grey{};
    EXPECT_TRUE(stack.empty());
    EXPECT_FALSE(stack.pop(&grey));
    for (uint32_t i = 0; i < 60000; ++i) {
      const bool rising = i / 3000 % 2 == 0;
      if (random.chance(rising ? 7 : 3, 10)) {
        ASSERT_EQ(stack.push({nullptr, i, i + 1}), model.size() < limit);
        if (model.size() < limit) model.push_back(i);
      } else {
        ASSERT_EQ(stack.pop(&grey), !model.empty());
        if (model.empty()) continue;
        ASSERT_EQ(grey.slot, model.back());
        ASSERT_EQ(grey.piece, model.back() + 1);
        model.pop_back();
      }
      ASSERT_EQ(stack.empty(), model.empty());
    }
  }
}

TEST(MarkStack, WithoutMemoryItIsFullAndGoesOnWhenThereIsSome) {
  MarkStack stack(UINT32_MAX);
  Grey grey{};
  {
    const NoMemory none;
    EXPECT_FALSE(stack.push({nullptr, 1, 0}));
    EXPECT_TRUE(stack.empty());
    EXPECT_FALSE(stack.pop(&grey));
  }
  for (uint32_t i = 0; i < MarkStack::kChunkEntries; ++i) EXPECT_TRUE(stack.push({nullptr, i, 0}));
  {
    const NoMemory none;
    EXPECT_FALSE(stack.push({nullptr, 1, 0}));
  }
  EXPECT_TRUE(stack.push({nullptr, 9999, 0}));
  EXPECT_TRUE(stack.pop(&grey));
  EXPECT_EQ(grey.slot, 9999u);
  EXPECT_TRUE(stack.pop(&grey));
  EXPECT_EQ(grey.slot, MarkStack::kChunkEntries - 1);
}

HeapOptions stack_of(uint32_t entries) {
  HeapOptions options;
  options.range_bytes = size_t{64} << 20;
  options.gogc_percent = -1;
  options.mark_stack_entries = entries;
  options.mark_piece_bytes = 256;
  return options;
}

void expect_sound(const Heap& heap) {
  for (const Violation& v : heap.verify()) ADD_FAILURE() << v.id << " " << v.path << ": " << v.detail;
}

// A heap that holds a full binary tree of kTreeNodes, an array of 5,000 pointers to nodes with a child each,
// and as much garbage.
class OverflowTest : public testing::TestWithParam<uint32_t> {
 protected:
  static constexpr size_t kTreeNodes = 2047;
  static constexpr size_t kSlots = 5000;
  static constexpr uint64_t kLive = 1 + kTreeNodes + 2 * kSlots;

  OverflowTest() : heap_(stack_of(GetParam())), step_(heap_), array_(heap_), tree_(heap_) {
    array_.set(heap_.allocate(kArray, kSlots));
    for (size_t i = 0; i < kSlots; ++i) {
      Local<Pair> node(heap_, make<Pair>(heap_));
      make<Pair>(heap_)->left = node.get();
      node->right = make<Pair>(heap_);
      Heap::store(static_cast<void**>(array_.get()) + i, node.get());
    }
    // Leaves first: children lie below their parents, behind a pass that finds them.
    std::vector<std::unique_ptr<Root<Pair>>> nodes(kTreeNodes);
    for (size_t i = kTreeNodes; i-- > 0;) {
      nodes[i] = std::make_unique<Root<Pair>>(heap_, make<Pair>(heap_));
      if (2 * i + 2 >= kTreeNodes) continue;
      (*nodes[i])->left = nodes[2 * i + 1]->get();
      (*nodes[i])->right = nodes[2 * i + 2]->get();
    }
    tree_ = nodes[0]->get();
  }

  Heap heap_;
  Stepper step_;
  RootHandle array_;
  Root<Pair> tree_;
};

TEST_P(OverflowTest, EverythingReachableIsMarkedAndTheRestFreed) {
  for (int cycle = 0; cycle < 2; ++cycle) {
    step_.start();
    uint64_t steps = 0;
    while (!step_.mark(1)) {
      if (++steps % 997 == 0) expect_sound(heap_);
      ASSERT_LT(steps, 100 * kLive) << "does not end";
    }
    expect_sound(heap_);
    EXPECT_TRUE(step_.terminate());
    step_.sweep(UINT64_MAX);
    EXPECT_EQ(heap_.stats().live_objects, kLive);
    EXPECT_EQ(heap_.stats().marked_bytes_last_cycle, heap_.stats().live_bytes);
  }
}

TEST_P(OverflowTest, WholeCollectionsGoThroughItToo) {
  heap_.collect();
  EXPECT_EQ(heap_.stats().live_objects, kLive);
  tree_ = nullptr;
  heap_.collect();
  EXPECT_EQ(heap_.stats().live_objects, 1 + 2 * kSlots);
  expect_sound(heap_);
}

TEST_P(OverflowTest, WithoutMemoryForTheStackMarkingEndsAllTheSame) {
  const NoMemory none;
  heap_.collect();
  EXPECT_EQ(heap_.stats().live_objects, kLive);
  expect_sound(heap_);
}

INSTANTIATE_TEST_SUITE_P(StackEntries, OverflowTest, testing::Values(1, 2, 3, 100, 511, 1000, 1 << 22));

TEST(Overflow, WhatFellOffTheStackIsGrey) {
  Heap heap(stack_of(1));
  Stepper step(heap);
  RootHandle array(heap, heap.allocate(kArray, 3));
  for (size_t i = 0; i < 3; ++i) Heap::store(static_cast<void**>(array.get()) + i, make<Pair>(heap));
  step.start();
  EXPECT_FALSE(step.mark(1)) << "the root";
  EXPECT_FALSE(step.mark(1)) << "the array: one node stays on the stack, two fall off";
  EXPECT_FALSE(step.mark(1)) << "that node; the stack is empty";
  EXPECT_FALSE(step.terminate());
  EXPECT_FALSE(step.mark(3)) << "all three again, in the pass over their span";
  EXPECT_TRUE(step.mark(1)) << "the end of the pass";
  EXPECT_EQ(heap.stats().mark_work, 7u);
}

// Mark work of a cycle that loses objects below and above `spans` spans that lose none.
uint64_t work_of_passing_over(int spans) {
  Heap heap(stack_of(1));
  Stepper step(heap);
  Type page;
  page.size = kPageBytes;
  const RootHandle low(heap, heap.allocate(kArray, 2));
  std::vector<std::unique_ptr<RootHandle>> between;
  for (int i = 0; i < spans; ++i) between.push_back(std::make_unique<RootHandle>(heap, heap.allocate(page)));
  const RootHandle high(heap, heap.allocate(kArray, 32));
  between.clear();
  for (void* const array : {low.get(), high.get()}) {
    for (size_t i = 0; i < 2; ++i)
      Heap::store(static_cast<void**>(array) + i, heap.allocate(kArray, array == low.get() ? 2 : 32));
  }
  step.start();
  step.mark(UINT64_MAX);
  step.terminate();
  step.sweep(UINT64_MAX);
  EXPECT_EQ(heap.stats().live_objects, 6u);
  return heap.stats().mark_work;
}

TEST(Overflow, APassOverManySpansIsWorkOfManyUnits) {
  const uint64_t more = work_of_passing_over(3000) - work_of_passing_over(0);
  EXPECT_GE(more, 3000u / 256);
  EXPECT_LE(more, 3000u / 64);
}

}  // namespace
}  // namespace gcmap
