// For tests: families with each kind of map, in which a test does operations and looks at what oracles say.
#pragma once

#include <functional>
#include <new>
#include <string>

#include "harness/oracle/failure.h"
#include "harness/program/digest.h"
#include "harness/program/op.h"
#include "harness/run/ending.h"
#include "harness/run/families.h"

namespace gcmap::harness {

// Runs of it are verified after every operation.
inline Config config_of(MapKind kind) {
  Config config;
  config.kind = static_cast<uint32_t>(kind);
  config.cadence = 1;
  return config;
}

// The id of the oracle that stopped `body`; empty if none did.
inline std::string oracle_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const Failure& failure) {
    return failure.oracle;
  }
  return "";
}

// The families of a run without a runner: nothing is checked, and nothing disarmed, unless a test says so.
class TestFamilies {
 public:
  explicit TestFamilies(const Config& config) : families_(config, true) {}

  // Does the operation, judged as on the cadence.
  // Returns its answer.
  template <typename Operands>
  auto run(const Operands& operands) {
    return families_.run(operands, step_);
  }

  // Of the writes since the last of these.
  void check_quickly() { families_.checks.check_quickly(step_.take_written()); }
  void check_after_failure() {
    const Written written = step_.take_written();
    families_.maps.table().note_failed_write(written.map);
    families_.checks.check_after_failure(written);
  }
  // Disarms, as a runner does.
  void check_struck() { families_.checks.check_struck(families_.injection.disarm(), step_.take_dropped()); }
  void check_told() const { families_.checks.check_told(); }
  void verify() { families_.checks.verify(); }
  void check_at_end() { harness::check_at_end(families_); }

  Families* operator->() { return &families_; }
  Heap& heap() { return families_.environment.heap(); }
  const MapSlot& map(MapName name) { return families_.maps.table().slot(name); }
  const RootSlot& root(RootName name) { return families_.objects.root(name); }
  uint64_t digest() const {
    Digest digest;
    add_to(digest, families_);
    return digest.value();
  }

 private:
  Families families_;
  Digest answers_;
  Step step_{answers_, {.due = true}};
};

// Names as the text form has them.
inline constexpr MapName m0(0), m1(1), m2(2), m3(3);
inline constexpr RootName r0(0), r1(1), r2(2), r3(3), r4(4), r5(5);
inline constexpr IteratorName i0(0), i1(1);
inline constexpr WeakName w0(0), w1(1);
inline constexpr TableName k0(0), k1(1);

}  // namespace gcmap::harness
