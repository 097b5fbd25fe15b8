// Iterators: the eight that programs name, each beside the model.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "harness/model/map.h"
#include "harness/run/environment.h"
#include "harness/run/maps/judge.h"
#include "harness/run/maps/table.h"

namespace gcmap::harness {

static_assert(kIterators == count_of(OperandKind::kIterator),
              "operand.def and the model have other numbers of iterators");

struct IteratorSlot {
  std::unique_ptr<AdapterIterator> adapter;
  std::optional<ModelIteration> model;
  // What the adapter keeps alive: nothing once it has ended, or if the map was empty.
  ObjectId map = kNoObject;

  bool running() const { return adapter != nullptr && !model->ended(); }
};

class Iterators final : public NameOwner {
 public:
  Iterators(Environment& environment, const MapTable& table);

  const IteratorSlot& slot(IteratorName name) const { return slots_[name.index]; }

  // Each does it on both sides.
  // Errors: Failure; std::bad_alloc, and it has not happened.
  // An iterator over the map of a slot, which may stand for nothing; it replaces the one of that name.
  // `serial`: the last incarnation so far.
  void iterate(const MapSlot& map, IteratorName iterator, IterationStart start, uint64_t serial);
  // The entry produced; nothing at the end or if the iterator does not run.
  std::optional<std::pair<uint64_t, uint64_t>> advance(IteratorName iterator);
  void stop(IteratorName iterator);
  void stop_all();
  bool any_running() const;

  void reach(ModelWalk& walk) const override;
  // G2: a loop that has come to its end keeps nothing alive, however long it stays. `memory`: its own bytes.
  void expect_empty(std::span<const std::byte> memory) const;
  // M13: the flags of maps agree with who iterates.
  void check_flags() const;

 private:
  static void stop_adapter(IteratorSlot& slot);

  const Environment& environment_;
  const MapTable& table_;
  MapJudge judge_;
  std::array<IteratorSlot, kIterators> slots_;
  uint64_t iterations_ = 0;  // so far
};

}  // namespace gcmap::harness
