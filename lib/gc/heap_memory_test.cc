// Where a heap's memory ends and where it goes back: limits, refusals, zeroing in pieces, sweeping before
// growing, scavenging.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "gc/test_objects.h"
#include "gcmap/handles.h"
#include "gcmap/internal/alloc/free_run_tree.h"
#include "gcmap/internal/alloc/reservation.h"
#include "gcmap/internal/gc/verify/inspector.h"
#include "gcmap/out_of_memory.h"
#include "gcmap/step.h"

namespace gcmap {
namespace {

using Reason = OutOfMemory::Reason;

Type blob_type() {
  Type type;
  type.name = "blob";
  type.size = 1;
  return type;
}

const Type kBlob = blob_type();
constexpr uint64_t kStepPages = Reservation::kCommitBytes / kPageBytes;

HeapOptions small_heap() {
  HeapOptions options;
  options.range_bytes = size_t{16} << 20;
  options.gogc_percent = -1;
  return options;
}

void expect_sound(const Heap& heap) {
  for (const Violation& v : heap.verify()) ADD_FAILURE() << v.id << " " << v.path << ": " << v.detail;
}

uint64_t committed_pages(const Heap& heap) {
  return heap.stats().pages_in_use + heap.stats().pages_free;
}

// Allocates and expects the failure.
void expect_failure(Heap& heap, size_t bytes, Reason reason, const std::string& words) {
  const HeapStats before = heap.stats();
  try {
    heap.allocate(kBlob, bytes);
    ADD_FAILURE() << "granted";
  } catch (const OutOfMemory& error) {
    EXPECT_EQ(error.reason(), reason) << error.what();
    EXPECT_NE(std::strstr(error.what(), words.c_str()), nullptr) << error.what();
  }
  EXPECT_EQ(heap.stats().allocated_objects, before.allocated_objects);
  EXPECT_EQ(heap.stats().pages_in_use, before.pages_in_use);
  EXPECT_LE(heap.stats().metadata_bytes, before.metadata_bytes + sizeof(FreeRun))
      << "one may be kept in reserve";
  expect_sound(heap);
}

TEST(HeapMemory, EachWayToFailSaysWhich) {
  HeapOptions options = small_heap();
  options.limit_bytes = 10 * kPageBytes;
  Heap heap(options);
  expect_failure(heap, 11 * kPageBytes, Reason::kHeapLimit, "limit of 81920 bytes");
  heap.set_limit(SIZE_MAX);
  RootHandle half(heap, heap.allocate(kBlob, 9 << 20));
  expect_failure(heap, 9 << 20, Reason::kRangeFull, "address range of 16777216 bytes");
  expect_failure(heap, 17 << 20, Reason::kSizeOverflow, "17825792 bytes wanted");
  Stepper(heap).fail_allocation(1);
  expect_failure(heap, 24, Reason::kInjected, "24 bytes wanted");
  const HeapStats before = heap.stats();
  Type wide = kBlob;
  wide.size = 16;
  EXPECT_THROW(heap.allocate(wide, SIZE_MAX / 8), OutOfMemory);
  EXPECT_THROW(heap.allocate(wide, SIZE_MAX / 16), OutOfMemory);
  EXPECT_THROW(heap.allocate(wide, SIZE_MAX / 8), std::bad_alloc);
  EXPECT_EQ(heap.stats().allocated_objects, before.allocated_objects);
}

TEST(HeapMemory, TheLimitIsExactInPagesInUse) {
  for (const size_t pages : {size_t{5}, size_t{6}, size_t{200}}) {
    for (const size_t slack : {size_t{0}, kPageBytes - 1}) {
      HeapOptions options = small_heap();
      options.limit_bytes = pages * kPageBytes + slack;
      Heap heap(options);
      expect_failure(heap, pages * kPageBytes + 1, Reason::kHeapLimit, "limit of");
      RootHandle all(heap, heap.allocate(kBlob, pages * kPageBytes));
      EXPECT_EQ(heap.stats().pages_in_use, pages);
      expect_failure(heap, 8, Reason::kHeapLimit, "limit of");
      all.set(nullptr);
      heap.collect();
      heap.allocate(kBlob, 8);
      EXPECT_EQ(heap.stats().pages_in_use, 1u);
    }
    HeapOptions options = small_heap();
    options.limit_bytes = pages * kPageBytes - 1;
    Heap heap(options);
    expect_failure(heap, pages * kPageBytes, Reason::kHeapLimit, "limit of");
  }
}

TEST(HeapMemory, ALimitBelowWhatIsInUseOnlyStopsGrowth) {
  Heap heap(small_heap());
  RootHandle large(heap, heap.allocate(kBlob, 10 * kPageBytes));
  RootHandle small(heap, heap.allocate(kBlob, 100));
  EXPECT_EQ(heap.set_limit(3 * kPageBytes + 17), SIZE_MAX);
  EXPECT_EQ(heap.stats().pages_in_use, 11u);
  expect_sound(heap);
  heap.allocate(kBlob, 100);  // its span has room
  expect_failure(heap, 2000, Reason::kHeapLimit, "limit of 24576 bytes");
  heap.collect();
  EXPECT_EQ(heap.stats().live_objects, 2u);
  large.set(nullptr);
  heap.collect();
  heap.allocate(kBlob, 2000);
  EXPECT_EQ(heap.stats().pages_in_use, 2u);
  EXPECT_EQ(heap.set_limit(0), 3 * kPageBytes + 17);
  EXPECT_EQ(heap.set_limit(SIZE_MAX), 0u);
  heap.allocate(kBlob, 50 * kPageBytes);
  expect_sound(heap);
}

constexpr size_t kRefusedBytes = 8 << 20;
constexpr size_t kSlackBytes = 4 << 20;  // for what sanitizers allocate

// Writable private memory of this process, which RLIMIT_DATA is about.
size_t data_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    size_t kibibytes = 0;
    if (word == "VmData:" && status >> kibibytes) return kibibytes << 10;
  }
  return 0;
}

// Runs in a process of its own: the system's limit is that of the process.
int survive_refusal() {
  Reservation::trim();
  Heap heap(small_heap());
  RootHandle kept(heap, heap.allocate(kBlob, 3 * kPageBytes));
  std::memset(kept.get(), 0x5a, 3 * kPageBytes);
  const uint64_t committed = committed_pages(heap);
  std::string said;
  rlimit limit;
  getrlimit(RLIMIT_DATA, &limit);
  const rlimit least = {data_bytes() + kSlackBytes, limit.rlim_max};
  setrlimit(RLIMIT_DATA, &least);
  void* const probe =
      mmap(nullptr, kRefusedBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (probe == MAP_FAILED || mprotect(probe, kRefusedBytes, PROT_READ | PROT_WRITE) == 0) return 2;
  int refusals = 0;
  for (int i = 0; i < 3; ++i) {
    try {
      heap.allocate(kBlob, kRefusedBytes);
    } catch (const std::bad_alloc& error) {
      ++refusals;
      const auto* const memory = dynamic_cast<const OutOfMemory*>(&error);
      if (memory == nullptr || memory->reason() != Reason::kSystemRefused) return 3;
      said = error.what();
    }
  }
  heap.allocate(kBlob, 2 * kPageBytes);  // within what is committed
  setrlimit(RLIMIT_DATA, &limit);
  if (refusals != 3) return 4;
  if (said.find(std::strerror(ENOMEM)) == std::string::npos) return 5;
  if (!heap.verify().empty()) return 6;
  if (committed_pages(heap) != committed) return 7;
  const char* const bytes = static_cast<const char*>(kept.get());
  if (!std::all_of(bytes, bytes + 3 * kPageBytes, [](char byte) { return byte == 0x5a; })) return 8;
  heap.allocate(kBlob, kRefusedBytes);
  heap.collect();
  return heap.verify().empty() && heap.stats().live_objects == 1 ? 0 : 9;
}

TEST(HeapMemoryDeathTest, ARefusedCommitLeavesTheHeapAsItWas) {
  EXPECT_EXIT(
      {
        const int result = survive_refusal();
        std::fprintf(stderr, result == 2 ? "not refused" : "result %d", result);
        _exit(result == 2 ? 0 : result);
      },
      testing::ExitedWithCode(0), "result 0");
}

// Fills the committed pages with live large objects of `pages` pages, then one of what is left.
class SweepBeforeGrowingTest : public testing::Test {
 protected:
  SweepBeforeGrowingTest() : heap_(small_heap()), step_(heap_) { step_.set_pacing(&manual_); }
  ~SweepBeforeGrowingTest() override { step_.set_pacing(nullptr); }

  void allocate_kept(uint64_t pages) {
    kept_.push_back(std::make_unique<RootHandle>(heap_, heap_.allocate(kBlob, pages * kPageBytes)));
  }
  // Leaves no idle page.
  void fill() {
    while (heap_.stats().pages_free >= 10) allocate_kept(5);
    if (heap_.stats().pages_free > 0) allocate_kept(heap_.stats().pages_free);
    ASSERT_EQ(heap_.stats().pages_free, 0u);
  }
  void begin_sweep() {
    step_.start();
    step_.mark(UINT64_MAX);
    ASSERT_TRUE(step_.terminate());
  }

  ManualPacing manual_;
  Heap heap_;
  Stepper step_;
  std::vector<std::unique_ptr<RootHandle>> kept_;
};

TEST_F(SweepBeforeGrowingTest, ADeadLargeSpanIsFoundBehindAnyNumberOfLiveOnes) {
  for (int i = 0; i < 8; ++i) allocate_kept(5);
  heap_.allocate(kBlob, 7 * kPageBytes);
  fill();
  begin_sweep();
  const uint64_t swept = heap_.stats().sweep_work;
  allocate_kept(7);
  EXPECT_EQ(committed_pages(heap_), kStepPages - 1) << "the heap grew";
  EXPECT_EQ(heap_.stats().sweep_work, swept + 1) << "the live ones are none of its business";
  expect_sound(heap_);
}

TEST_F(SweepBeforeGrowingTest, PointerFreeAndScannedOnesAreBothFound) {
  heap_.allocate(kArray, 7 * kPageBytes / 8);
  allocate_kept(5);
  heap_.allocate(kBlob, 9 * kPageBytes);
  fill();
  begin_sweep();
  allocate_kept(7);
  allocate_kept(9);
  EXPECT_EQ(committed_pages(heap_), kStepPages - 1);
  expect_sound(heap_);
}

TEST_F(SweepBeforeGrowingTest, SweepsAtMostAsManySpansAsItWantsPages) {
  for (int i = 0; i < 12; ++i) {
    heap_.allocate(kBlob, 5 * kPageBytes);
    allocate_kept(5);
  }
  fill();
  begin_sweep();
  const uint64_t swept = heap_.stats().sweep_work;
  heap_.allocate(kBlob, 8 * kPageBytes);  // twelve runs of five pages do not help
  EXPECT_EQ(heap_.stats().sweep_work, swept + 8);
  EXPECT_GT(committed_pages(heap_), kStepPages - 1);
  heap_.allocate(kBlob, 5 * kPageBytes);
  EXPECT_EQ(heap_.stats().sweep_work, swept + 8) << "there is a run that fits";
  expect_sound(heap_);
}

TEST_F(SweepBeforeGrowingTest, ASmallSpanIsSweptForWhenNoLargeOneIsDead) {
  for (int i = 0; i < 30; ++i) heap_.allocate(kBlob, 300);  // two dead spans
  fill();
  begin_sweep();
  RootHandle other(heap_, heap_.allocate(kBlob, 1000));
  EXPECT_EQ(committed_pages(heap_), kStepPages - 1);
  expect_sound(heap_);
}

// Counts arrivals and looks at the slot that is being zeroed.
class ZeroWatch final : public EventSink {
 public:
  ZeroWatch(const Heap& heap, const char* slot, size_t piece) : heap_(heap), slot_(slot), piece_(piece) {}
  void on_point(DecisionPoint point) override {
    if (point != DecisionPoint::kAllocationZeroPiece) return;
    ++pieces;
    EXPECT_EQ(slot_[pieces * piece_ - 1], 0);
    EXPECT_EQ(slot_[pieces * piece_], '\xee');
    EXPECT_FALSE(HeapInspector(heap_).find(slot_).has_value());
    expect_sound(heap_);
  }
  size_t pieces = 0;

 private:
  const Heap& heap_;
  const char* slot_;
  size_t piece_;
};

TEST(HeapMemory, ALargeObjectIsZeroedPieceByPiece) {
  constexpr size_t kPiece = 4096;
  for (const size_t bytes : {size_t{50000}, 10 * kPiece, 10 * kPiece + 1, kPiece, kPiece + 1, size_t{24}}) {
    HeapOptions options = small_heap();
    options.zero_piece_bytes = kPiece;
    Heap heap(options);
    Stepper step(heap);
    RootHandle neighbour(heap, heap.allocate(kBlob, bytes));
    char* const dead = static_cast<char*>(heap.allocate(kBlob, bytes));
    std::memset(dead, 0xee, bytes);
    heap.collect();
    ZeroWatch watch(heap, dead, kPiece);
    step.set_event_sink(&watch);
    EXPECT_EQ(heap.allocate(kBlob, bytes), dead);
    EXPECT_EQ(watch.pieces, (bytes - 1) / kPiece);
    EXPECT_TRUE(std::all_of(dead, dead + bytes, [](char byte) { return byte == 0; }));
    watch.pieces = 0;
    RootHandle fresh(heap, heap.allocate(kBlob, 300000));
    EXPECT_EQ(watch.pieces, 0u) << "fresh memory is zero";
    step.set_event_sink(nullptr);
  }
}

// Does what it is told at one kind of point.
class At final : public PacingStrategy {
 public:
  At(DecisionPoint point, const PacingDecision& decision) : point_(point), decision_(decision) {}
  PacingDecision decide(DecisionPoint point, const PacingView& view) override {
    if (point != point_) return {};
    ++arrivals;
    last = view;
    return decision_;
  }
  int arrivals = 0;
  PacingView last = {};

 private:
  DecisionPoint point_;
  PacingDecision decision_;
};

TEST(HeapMemory, BetweenTwoPiecesOnlyMarkingIsDone) {
  HeapOptions options = small_heap();
  options.zero_piece_bytes = 4096;
  Heap heap(options);
  Stepper step(heap);
  for (const Type* type : {&kBlob, &kArray, &kTraced}) {
    RootHandle kept(heap, heap.allocate(kBlob, 40));
    std::memset(heap.allocate(*type, 40000 / type->size), 0xee, 40000 / type->size * type->size);
    heap.collect();
    At pacing(DecisionPoint::kAllocationZeroPiece, {true, UINT64_MAX, true, UINT64_MAX, true, UINT64_MAX});
    step.set_pacing(&pacing);
    void* const object = heap.allocate(*type, 40000 / type->size);
    step.set_pacing(nullptr);
    EXPECT_GT(pacing.arrivals, 5);
    EXPECT_EQ(heap.phase(), Phase::kMark);
    EXPECT_TRUE(HeapInspector(heap).find(object)->marked);
    expect_sound(heap);
    heap.collect();
    EXPECT_EQ(heap.stats().live_objects, 1u);
  }
}

TEST(HeapMemory, ScavengesInBoundedStepsFromTheTop) {
  Heap heap(small_heap());
  Stepper step(heap);
  RootHandle first(heap, heap.allocate(kBlob, 10 * kPageBytes));
  RootHandle last(heap, heap.allocate(kBlob, 6 * kPageBytes));
  std::memset(last.get(), 0x5a, 6 * kPageBytes);
  const uint64_t fresh = heap.stats().pages_released;
  EXPECT_EQ(fresh, heap.stats().pages_free);
  EXPECT_EQ(step.scavenge(100), 0u);
  first.set(nullptr);
  heap.collect();
  EXPECT_EQ(heap.stats().pages_released, fresh);
  EXPECT_EQ(step.scavenge(3), 3u);
  EXPECT_EQ(step.scavenge(0), 0u);
  EXPECT_EQ(heap.stats().pages_released, fresh + 3);
  EXPECT_EQ(step.scavenge(UINT64_MAX), 7u);
  EXPECT_EQ(step.scavenge(UINT64_MAX), 0u);
  EXPECT_EQ(heap.stats().pages_released, heap.stats().pages_free);
  EXPECT_EQ(heap.stats().scavenge_work, 10u);
  const char* const bytes = static_cast<const char*>(last.get());
  EXPECT_TRUE(std::all_of(bytes, bytes + 6 * kPageBytes, [](char byte) { return byte == 0x5a; }));
  expect_sound(heap);
}

TEST(HeapMemory, ReleaseMemoryCollectsAndLeavesNothingIdleAndResident) {
  Heap heap(small_heap());
  std::vector<std::unique_ptr<RootHandle>> kept;
  for (int i = 0; i < 2000; ++i) {
    void* const object = heap.allocate(kBlob, 1000);
    std::memset(object, i % 100, 1000);
    if (i % 100 == 0) kept.push_back(std::make_unique<RootHandle>(heap, object));
  }
  Stepper(heap).start();
  EXPECT_GT(heap.release_memory(), 100u);
  const HeapStats stats = heap.stats();
  EXPECT_EQ(stats.pages_released, stats.pages_free);
  EXPECT_EQ(stats.live_objects, kept.size());
  EXPECT_EQ(stats.cycles, 2u) << "the one that ran, and one of its own";
  EXPECT_EQ(stats.forced_cycles, 1u);
  for (const auto& root : kept) EXPECT_EQ(static_cast<const char*>(root->get())[999], 0);
  for (int i = 0; i < 500; ++i) EXPECT_EQ(static_cast<const char*>(heap.allocate(kBlob, 1000))[999], 0);
  expect_sound(heap);
}

TEST(HeapMemory, AStrategyMayScavengeAndSeesWhatThereIs) {
  Heap heap(small_heap());
  Stepper step(heap);
  heap.allocate(kBlob, 20 * kPageBytes);
  heap.collect();
  At pacing(DecisionPoint::kSafepoint, {.scavenge_pages = 8});
  step.set_pacing(&pacing);
  for (const uint64_t left : {20, 12, 4, 0}) {
    heap.safepoint();
    EXPECT_EQ(pacing.last.free_bytes, left * kPageBytes);
    EXPECT_EQ(pacing.last.committed_bytes, left * kPageBytes);
  }
  step.set_pacing(nullptr);
  EXPECT_EQ(heap.stats().scavenge_work, 20u);
}

// Whatever is done to the picked run, or to the heap, between picking and releasing.
TEST(HeapMemory, AnythingMayHappenAtAScavengerPick) {
  const PacingDecision deeds[] = {
      {.start = true, .mark_units = 3},
      {.collect = true},
      {.scavenge_pages = 1},
      {.scavenge_pages = UINT64_MAX},
      {.collect = true, .scavenge_pages = 5},
      {.start = true, .mark_units = UINT64_MAX, .terminate = true, .sweep_spans = 1}};
  for (const PacingDecision& deed : deeds) {
    Heap heap(small_heap());
    Stepper step(heap);
    RootHandle kept(heap, heap.allocate(kBlob, 300));
    std::memset(kept.get(), 0x5a, 300);
    for (int i = 0; i < 4; ++i) {
      heap.allocate(kBlob, 6 * kPageBytes);
      heap.allocate(kBlob, 2000);
    }
    heap.collect();
    for (int i = 0; i < 4; ++i) heap.allocate(kBlob, 2 * kPageBytes);
    At pacing(DecisionPoint::kScavengerPick, deed);
    step.set_pacing(&pacing);
    const uint64_t before = heap.stats().scavenge_work;
    const uint64_t taken = step.scavenge(6);
    EXPECT_LE(taken, 6u);
    EXPECT_GT(pacing.arrivals, 0);
    EXPECT_LE(pacing.arrivals, 6);
    EXPECT_GT(heap.stats().scavenge_work, before);
    step.scavenge(UINT64_MAX);
    step.set_pacing(nullptr);
    EXPECT_EQ(heap.stats().pages_released, heap.stats().pages_free);
    EXPECT_EQ(static_cast<const char*>(kept.get())[299], 0x5a);
    expect_sound(heap);
  }
}

TEST(HeapMemory, ClassesAddUpToTheWhole) {
  Heap heap(small_heap());
  std::vector<std::unique_ptr<RootHandle>> kept;
  for (const size_t bytes : {0, 8, 24, 144, 144, 1000, 32768, 32769, 100000}) {
    kept.push_back(std::make_unique<RootHandle>(heap, heap.allocate(kBlob, bytes)));
    kept.push_back(std::make_unique<RootHandle>(heap, heap.allocate(kArray, bytes / 8)));
  }
  SizeClassStats sum;
  size_t last = 0;
  const std::vector<SizeClassStats> classes = heap.size_class_stats();
  for (const SizeClassStats& of_class : classes) {
    EXPECT_TRUE(of_class.slot_bytes > last || &of_class == classes.data());
    last = of_class.slot_bytes;
    sum.spans += of_class.spans;
    sum.live_objects += of_class.live_objects;
    sum.live_bytes += of_class.live_bytes;
  }
  EXPECT_EQ(classes[0].live_objects, 3u) << "large ones";
  EXPECT_EQ(sum.spans, heap.stats().spans_in_use);
  EXPECT_EQ(sum.live_objects, heap.stats().live_objects);
  EXPECT_EQ(sum.live_bytes, heap.stats().live_bytes);
}

}  // namespace
}  // namespace gcmap
