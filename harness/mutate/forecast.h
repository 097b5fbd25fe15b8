// What a program has done by now, operation by operation, reckoned without the library: which names stand for
// what, how far maps have grown, which iterators run, what hangs on the objects that roots hold, in which
// phase the collector is.
//
// What the library decides - pacing, when an object dies, which hash a key has - is not known: the answers
// are then the likely ones, and where that matters they say so (Certainty, MapForecast::exact, RootForecast).
// A mutation that aims asks here before it writes the next operation.
//
// Cost: a step is O(keys it names), with no allocation but where something new is made.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "harness/mutate/key_set.h"
#include "harness/mutate/map_forecast.h"
#include "harness/program/boundaries.h"
#include "harness/program/op.h"
#include "harness/program/typed_operands.h"

namespace gcmap::harness {

enum class PhaseForecast : uint8_t { kIdle, kMarking, kMarked, kSweeping };

struct IteratorForecast {
  std::shared_ptr<MapForecast> map;  // null: it does not run
  Certainty runs = Certainty::kNo;
  uint64_t left_least = 0;  // entries it has yet to produce, if nothing is erased
};

// An object, by what programs hang on it.
struct ObjectForecast {
  struct Link {
    uint64_t at;
    uint32_t object;                   // 0: none
    std::shared_ptr<MapForecast> map;  // null: none
  };

  uint64_t cells = 2;
  bool opaque = false;  // one that was there before, nobody knows which
  bool in_arena = false;
  bool plain = false;  // without links
  bool has_finalizer = false;
  bool watched = false;
  bool pooled = false;
  std::array<uint32_t, count_of(OperandKind::kTable)> annotated{};  // the values, 0: none
  std::vector<Link> links{};                                        // those that lead somewhere
};

struct RootForecast {
  enum class Holds : uint8_t { kNothing, kObject, kMap, kUnknown };
  Holds holds = Holds::kNothing;
  uint32_t object = 0;               // of kObject; of kUnknown the likely one or 0
  std::shared_ptr<MapForecast> map;  // of kMap
};

class Forecast {
 public:
  explicit Forecast(const Config& config);

  // The operation is done.
  void step(const Operation& operation);

  // Null: the name stands for nothing.
  const MapForecast* map(MapName name) const { return maps_[name.index].get(); }
  const IteratorForecast& iterator(IteratorName name) const { return iterators_[name.index]; }
  bool iterates(MapName name) const;  // does one run over that map?
  const RootForecast& root(RootName name) const { return roots_[name.index]; }
  // What the root holds; null unless it is an object.
  const ObjectForecast* object(RootName name) const;

  bool weak_is_set(WeakName name) const { return weaks_[name.index] != 0; }
  const KeySet& weak_values() const { return reuse_.weak_values; }  // keys of the weak-valued map
  bool finalizer_waits() const { return finalizers_ != 0; }         // is one set and not run?
  uint64_t pooled() const { return reuse_.pool_fresh + reuse_.pool_stale; }
  // Bytes in use of the arena's last chunk, of kArenaChunkBytes; 0: there is none.
  uint64_t arena_bytes() const { return reuse_.arena_bytes; }

  PhaseForecast phase() const { return phase_; }
  uint32_t armed() const { return armed_; }  // operations that wait for the next

 private:
  friend class ForecastStep;

  struct Reuse {
    uint64_t pool_fresh = 0;
    uint64_t pool_stale = 0;
    uint64_t arena_bytes = 0;
    KeySet weak_values;
  };

  std::array<std::shared_ptr<MapForecast>, count_of(OperandKind::kMap)> maps_;
  std::array<IteratorForecast, count_of(OperandKind::kIterator)> iterators_;
  std::array<RootForecast, count_of(OperandKind::kRoot)> roots_;
  std::array<uint32_t, count_of(OperandKind::kWeak)> weaks_{};
  std::vector<ObjectForecast> objects_ = std::vector<ObjectForecast>(1);  // by number; [0]: none
  std::vector<std::shared_ptr<MapForecast>> hidden_;                      // maps that objects or maps lead to
  Reuse reuse_;
  MapKind kind_;
  PhaseForecast phase_ = PhaseForecast::kIdle;
  uint32_t finalizers_ = 0;
  uint32_t armed_ = 0;
  bool links_known_ = true;  // until one may have changed unseen
  bool strikes_ = false;     // what is armed may end the operation halfway
  bool limited_ = false;     // any allocation may fail
};

inline constexpr uint64_t kCellBytes = 16;

}  // namespace gcmap::harness
