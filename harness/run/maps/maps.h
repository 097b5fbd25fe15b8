// Maps and iterators: the family of operations on them.
//
// The maps are in a table (table.h), their entries are read and written through entries.h, iterators are in
// iterators.h; the handlers here turn operands into what these do, and what they do into answers.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "harness/program/operands.h"
#include "harness/run/environment.h"
#include "harness/run/lifetimes/lifetimes.h"
#include "harness/run/maps/entries.h"
#include "harness/run/maps/iterators.h"
#include "harness/run/maps/table.h"
#include "harness/run/objects/objects.h"
#include "harness/run/reuse/reuse.h"
#include "harness/run/step.h"

namespace gcmap::harness {

class Maps {
 public:
  Maps(Environment& environment, Objects& objects, const Lifetimes& lifetimes, const Reuse& reuse);

  // Does the operation on both sides and returns what the map answered.
  // Errors: Failure; std::bad_alloc, and it has not happened.
  template <typename Operands>
  auto run(const Operands& operands, Step& step) {
    return do_operation(operands, step);
  }

  MapTable& table() { return table_; }
  const MapTable& table() const { return table_; }
  Entries& entries() { return entries_; }
  const Entries& entries() const { return entries_; }
  Iterators& iterators() { return iterators_; }
  const Iterators& iterators() const { return iterators_; }

  // M16: what writes to the map that has called it is refused.
  // Returns if there is nothing to write; writes that need not look are none.
  // Errors: MisuseError, as it must; Failure.
  void misuse(ObjectId map, CallbackAction action);

 private:
  using Found = std::optional<uint64_t>;
  using Entry = std::optional<std::pair<uint64_t, uint64_t>>;

  void do_operation(const MakeOperands& op, Step& step);
  void do_operation(const DropOperands& op, Step& step);
  bool do_operation(const PutOperands& op, Step& step);
  bool do_operation(const InsertOperands& op, Step& step);
  uint64_t do_operation(const IncrementOperands& op, Step& step);
  Found do_operation(const GetOperands& op, Step& step);
  Found do_operation(const GetAsOperands& op, Step& step);
  bool do_operation(const EraseOperands& op, Step& step);
  bool do_operation(const EraseAsOperands& op, Step& step);
  uint64_t do_operation(const EraseIfOperands& op, Step& step);
  void do_operation(const ClearOperands& op, Step& step);
  uint64_t do_operation(const PutRunOperands& op, Step& step);
  uint64_t do_operation(const InsertRunOperands& op, Step& step);
  uint64_t do_operation(const IncrementRunOperands& op, Step& step);
  uint64_t do_operation(const StoreRunOperands& op, Step& step);
  uint64_t do_operation(const InsertRangeOperands& op, Step& step);
  uint64_t do_operation(const EraseRunOperands& op, Step& step);
  uint64_t do_operation(const EraseAsRunOperands& op, Step& step);
  uint64_t do_operation(const GetRunOperands& op, Step& step);
  uint64_t do_operation(const GetAsRunOperands& op, Step& step);
  uint64_t do_operation(const LoopOperands& op, Step& step);
  void do_operation(const IterateOperands& op, Step& step);
  Entry do_operation(const AdvanceOperands& op, Step& step);
  void do_operation(const StopOperands& op, Step& step);
  bool do_operation(const SetHashOperands& op, Step& step);
  uint64_t do_operation(const SetHashRunOperands& op, Step& step);
  bool do_operation(const StoreOperands& op, Step& step);
  bool do_operation(const FetchOperands& op, Step& step);
  bool do_operation(const LinkMapOperands& op, Step& step);
  bool do_operation(const OpenOperands& op, Step& step);
  bool do_operation(const StoreMapOperands& op, Step& step);
  bool do_operation(const FetchMapOperands& op, Step& step);
  uint64_t do_operation(const FinishOperands& op, Step& step);
  bool do_operation(const CloneOperands& op, Step& step);
  bool do_operation(const CompareOperands& op, Step& step);
  void do_operation(const SwapOperands& op, Step& step);
  void do_operation(const ReserveOperands& op, Step& step);
  void do_operation(const FitOperands& op, Step& step);
  void do_operation(const ShrinkOperands& op, Step& step);

  template <typename Write>
  auto write(MapName map, Step& step, Write&& write);
  void describe(MapName map, Step& step) const;
  bool erase(MapName map, uint64_t key, bool as, Step& step);
  uint64_t erase_run(MapName map, KeyRange keys, bool as, Step& step);
  uint64_t find_run(MapName map, KeyRange keys, bool as, Step& step);
  Found find(MapName map, uint64_t key, bool as, bool every_byte, Step& step);
  uint64_t loop(const LoopOperands& op, size_t depth, Step& step);
  void act(const LoopOperands& op, MapSlot& slot, size_t depth, Step& step);
  bool store(const StoreOperands& op, Step& step);
  bool fetch(const FetchOperands& op);
  bool store_map(const StoreMapOperands& op, Step& step);
  bool fetch_map(const FetchMapOperands& op);
  bool open(const OpenOperands& op);
  bool set_hash(uint64_t key, uint64_t hash);

  Environment& environment_;
  Objects& objects_;
  const Lifetimes& lifetimes_;
  const Reuse& reuse_;
  MapTable table_;
  Entries entries_;
  Iterators iterators_;
  MapJudge judge_;
  uint64_t loops_ = 0;  // so far
};

}  // namespace gcmap::harness
