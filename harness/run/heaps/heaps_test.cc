// Heaps beside the program's own: it must be noticed when what one left is given to the next, and when a
// handle is not where its map is.
#include "harness/run/heaps/heaps.h"

#include <gtest/gtest.h>

#include <cstring>

#include "gcmap/internal/alloc/poison.h"
#include "gcmap/internal/alloc/reservation.h"
#include "gcmap/internal/gc/verify/inspector.h"
#include "gcmap/step.h"
#include "harness/run/heaps/filled_heap.h"
#include "harness/run/heaps/other_map.h"
#include "harness/run/test_families.h"

namespace gcmap::harness {
namespace {

constexpr size_t kBehindBytes = size_t{256} << 10;

// Pages that were never used are given away as they are. Their poison is as before afterwards: other tests
// get the range.
void scribble_behind(const Heap& heap) {
  const std::span<const char> touched = HeapInspector(heap).touched();
  char* const behind = const_cast<char*>(touched.data() + touched.size());
  constexpr size_t kFirst = 64;  // what lies there is zero
  unpoison(behind, kBehindBytes);
  std::memset(behind + kFirst, 1, kBehindBytes - kFirst);
  poison(behind, kBehindBytes);
}

// What a test leaves in a range nobody else sees, and it sees nothing of others.
struct OwnRanges {
  OwnRanges() { Reservation::trim(); }
  ~OwnRanges() { Reservation::trim(); }
};

TEST(Heaps, AreNotAccused) {
  constexpr uint16_t kPages[] = {1, 2, 17, 64};
  for (const uint16_t pages : kPages) {
    for (const uint32_t quarantine : {0u, 4u}) {
      Config config = config_of(MapKind::kU64);
      config.quarantine = quarantine;
      TestFamilies families(config);
      families.run(PutRunOperands{.map = m0, .key = 1, .count = 30});
      EXPECT_TRUE(families.run(OtherHeapsOperands{pages}));
      EXPECT_EQ(oracle_of([&] { families.verify(); }), "") << pages;
      EXPECT_EQ(oracle_of([&] { families.check_at_end(); }), "") << pages;
    }
  }
}

TEST(Heaps, AnObjectThatIsNotZeroIsH14) {
  const OwnRanges own;  // a range used before is zeroed
  FilledHeap filled{HeapOptions()};
  EXPECT_EQ(oracle_of([&] { filled.fill(4); }), "");
  scribble_behind(filled.heap());
  EXPECT_EQ(oracle_of([&] { filled.fill(40); }), "H14");
}

TEST(Heaps, ANodeOfTheProgramThatIsNotZeroIsH14) {
  const OwnRanges own;
  TestFamilies families(config_of(MapKind::kU64));
  families.run(NewOperands{r0, 2});
  EXPECT_EQ(oracle_of([&] { families.run(NewOperands{r1, 4096}); }), "");
  scribble_behind(families.heap());
  EXPECT_EQ(oracle_of([&] { families.run(NewOperands{r1, 4096}); }), "H14");
}

// Every kind of map, in every phase of the program's heap, at every step of the exchange.
TEST(Heaps, ExchangesAreNotAccused) {
  for (size_t kind = 0; kind < kMapKinds; ++kind) {
    for (size_t phase = 0; phase < 3; ++phase) {
      for (size_t step = 0; step < kCollectorStepCount; ++step) {
        TestFamilies families(config_of(static_cast<MapKind>(kind)));
        EXPECT_FALSE(families.run(ExchangeOperands{m0}));
        families.run(PutRunOperands{.map = m0, .key = 4, .count = 27});
        families.run(IterateOperands{m0, i0, 0, 0});
        if (phase >= 1) families.run(StartOperands{});
        if (phase >= 2) {
          families.run(MarkOperands{4096});
          families.run(TerminateOperands{});
        }
        const std::string what =
            std::to_string(kind) + " " + std::to_string(phase) + " " + std::to_string(step);
        EXPECT_EQ(oracle_of([&] {
                    EXPECT_TRUE(families.run(
                        ExchangeOperands{.map = m0, .step = static_cast<CollectorStep>(step), .units = 3}));
                    families.check_quickly();
                    families.verify();
                  }),
                  "")
            << what;
        families.run(PutOperands{m0, 40, 1});
        EXPECT_EQ(oracle_of([&] { families.check_at_end(); }), "") << what;
      }
    }
  }
}

TEST(Heaps, AHandleThatHoldsAnotherMapIsG13) {
  for (const MapKind kind : {MapKind::kU64, MapKind::kObjectObject, MapKind::kU64Map}) {
    OtherMap other({}, kind);
    EXPECT_EQ(oracle_of([&] { other.check(other.handle()); }), "");
    const std::unique_ptr<MapAdapter> spare = other.spare_handle();
    EXPECT_EQ(oracle_of([&] { other.check(*spare); }), "G13");
    for (uint64_t i = 0; i < OtherMap::kEntries; ++i) other.put(*spare);
    EXPECT_EQ(oracle_of([&] { other.check(*spare); }), "G13");
  }
}

TEST(Heaps, AValueOfAnotherHeapThatIsLostIsG13) {
  OtherMap other({}, MapKind::kU64);
  other.handle().put(OtherMap::kFirst, 77);
  EXPECT_EQ(oracle_of([&] { other.check(other.handle()); }), "G13");
}

}  // namespace
}  // namespace gcmap::harness
