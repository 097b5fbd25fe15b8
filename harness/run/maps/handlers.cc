// Maps and iterators: every operation, from its operands to its answer.
#include <string>

#include "gcmap/observe.h"
#include "harness/oracle/expect.h"
#include "harness/run/maps/maps.h"
#include "harness/subject/structure.h"

namespace gcmap::harness {
namespace {

using std::to_string;

// The state of a map before or after a write; of none, the default.
MapState state_of(const MapSlot& slot) {
  return slot.adapter == nullptr ? MapState() : slot.adapter->inspect().state();
}

std::string drawn(const MapSlot& slot) {
  const MapInspector inspector = slot.adapter->inspect();
  const MapKind kind = slot.record->kind;
  const CellReader cells(inspector, kind);
  const auto text_of = [kind, &cells](const BucketView& bucket, uint32_t at) {
    return to_string(number_of_key(kind, cells.key(bucket, at))) + ":" +
           to_string(number_of_value(kind, cells.value(bucket, at)));
  };
  return draw(inspector, text_of, "      ");
}

}  // namespace

Maps::Maps(Environment& environment, Objects& objects, const Lifetimes& lifetimes, const Reuse& reuse)
    : environment_(environment),
      objects_(objects),
      lifetimes_(lifetimes),
      reuse_(reuse),
      table_(environment),
      entries_(environment, table_),
      iterators_(environment, table_),
      judge_(environment) {}

// Names a map's state in the answer.
void Maps::describe(MapName map, Step& step) const {
  const MapSlot& slot = table_.slot(map);
  if (!step.mode().talks || slot.adapter == nullptr) return;
  step.say("m" + to_string(map.index) + ": " + gcmap::describe(slot.adapter->inspect().state()));
  if (step.mode().draws) step.draw(drawn(slot));
}

// One write, its answer and the growth it began (which may have ended in it too).
template <typename Write>
auto Maps::write(MapName map, Step& step, Write&& write) {
  const MapState before = state_of(table_.slot(map));
  const auto result = write();
  const MapState after = state_of(table_.slot(map));
  if (after.b != before.b || (before.growth == 0 && after.growth != 0)) step.count_growth();
  step.answer(static_cast<uint64_t>(result));
  return result;
}

bool Maps::erase(MapName map, uint64_t key, bool as, Step& step) {
  return write(map, step, [&] {
    MapSlot& slot = table_.slot(map);
    return slot.adapter != nullptr && entries_.erase(slot, key, as, step);
  });
}

Maps::Found Maps::find(MapName map, uint64_t key, bool as, bool every_byte, Step& step) {
  MapSlot& slot = table_.slot(map);
  const Found value = slot.adapter == nullptr ? std::nullopt : entries_.find(slot, key, as, every_byte);
  step.answer(value ? *value + 1 : 0);
  return value;
}

void Maps::do_operation(const MakeOperands& op, Step& step) {
  table_.make(op.map, op.hint);
  describe(op.map, step);
}

void Maps::do_operation(const DropOperands& op, Step&) {
  table_.drop(op.map);
}

bool Maps::do_operation(const PutOperands& op, Step& step) {
  const auto put = [&] { return entries_.put(table_.ensure(op.map), op.key, op.value, step); };
  const bool inserted = write(op.map, step, put);
  if (step.mode().talks) step.say(inserted ? "inserted" : "overwritten");
  describe(op.map, step);
  return inserted;
}

bool Maps::do_operation(const InsertOperands& op, Step& step) {
  const auto insert = [&] { return entries_.insert(table_.ensure(op.map), op.key, op.value, step); };
  const bool inserted = write(op.map, step, insert);
  if (step.mode().talks) step.say(inserted ? "inserted" : "present");
  describe(op.map, step);
  return inserted;
}

uint64_t Maps::do_operation(const IncrementOperands& op, Step& step) {
  const auto increment = [&] { return entries_.increment(table_.ensure(op.map), op.key, op.value, step); };
  const uint64_t value = write(op.map, step, increment);
  if (step.mode().talks) step.say("now " + to_string(value));
  describe(op.map, step);
  return value;
}

Maps::Found Maps::do_operation(const GetOperands& op, Step& step) {
  const Found value = find(op.map, op.key, false, step.mode().due, step);
  if (step.mode().talks) step.say(in_words(value));
  return value;
}

Maps::Found Maps::do_operation(const GetAsOperands& op, Step& step) {
  const Found value = find(op.map, op.key, true, step.mode().due, step);
  if (step.mode().talks) step.say(in_words(value));
  return value;
}

bool Maps::do_operation(const EraseOperands& op, Step& step) {
  const bool erased = erase(op.map, op.key, false, step);
  if (step.mode().talks) step.say(erased ? "erased" : "absent");
  describe(op.map, step);
  return erased;
}

bool Maps::do_operation(const EraseAsOperands& op, Step& step) {
  const bool erased = erase(op.map, op.key, true, step);
  if (step.mode().talks) step.say(erased ? "erased" : "absent");
  describe(op.map, step);
  return erased;
}

uint64_t Maps::do_operation(const EraseIfOperands& op, Step& step) {
  const uint64_t erased = write(op.map, step, [&] {
    MapSlot& slot = table_.slot(op.map);
    return slot.adapter == nullptr ? 0 : entries_.erase_if(slot, op.modulus, op.rest, step);
  });
  if (step.mode().talks) step.say(to_string(erased) + " erased");
  describe(op.map, step);
  return erased;
}

void Maps::do_operation(const ClearOperands& op, Step& step) {
  if (table_.slot(op.map).adapter != nullptr) entries_.clear(table_.slot(op.map));
  describe(op.map, step);
}

uint64_t Maps::do_operation(const PutRunOperands& op, Step& step) {
  uint64_t inserted = 0;
  for (uint32_t i = 0; i < op.count; ++i) {
    inserted += write(op.map, step,
                      [&] { return entries_.put(table_.ensure(op.map), op.key + i, op.value + i, step); });
  }
  if (step.mode().talks) step.say(to_string(inserted) + " inserted");
  describe(op.map, step);
  return inserted;
}

uint64_t Maps::do_operation(const InsertRunOperands& op, Step& step) {
  uint64_t inserted = 0;
  for (uint32_t i = 0; i < op.count; ++i) {
    inserted += write(op.map, step,
                      [&] { return entries_.insert(table_.ensure(op.map), op.key + i, op.value + i, step); });
  }
  if (step.mode().talks) step.say(to_string(inserted) + " inserted");
  describe(op.map, step);
  return inserted;
}

// Returns the last value.
uint64_t Maps::do_operation(const IncrementRunOperands& op, Step& step) {
  uint64_t value = 0;
  for (uint32_t i = 0; i < op.count; ++i) {
    value = write(op.map, step,
                  [&] { return entries_.increment(table_.ensure(op.map), op.key + i, op.value + i, step); });
  }
  if (step.mode().talks) step.say("the last now " + to_string(value));
  describe(op.map, step);
  return value;
}

uint64_t Maps::do_operation(const StoreRunOperands& op, Step& step) {
  uint64_t stored = 0;
  for (uint64_t i = 0; i < op.count; ++i) {
    const StoreOperands one{.map = op.map, .key = number(op.key + i), .source = op.source};
    stored += write(op.map, step, [&] { return store(one, step); });
  }
  if (step.mode().talks) step.say(to_string(stored) + " stored");
  describe(op.map, step);
  return stored;
}

uint64_t Maps::do_operation(const InsertRangeOperands& op, Step& step) {
  const auto insert = [&] {
    return entries_.insert_range(table_.ensure(op.map), op.key, op.value, op.count, step);
  };
  const uint64_t inserted = write(op.map, step, insert);
  if (step.mode().talks) step.say(to_string(inserted) + " inserted");
  describe(op.map, step);
  return inserted;
}

uint64_t Maps::erase_run(MapName map, KeyRange keys, bool as, Step& step) {
  uint64_t erased = 0;
  for (uint64_t i = 0; i < keys.count; ++i) erased += erase(map, keys.first + i, as, step);
  if (step.mode().talks) step.say(to_string(erased) + " erased");
  describe(map, step);
  return erased;
}

uint64_t Maps::do_operation(const EraseRunOperands& op, Step& step) {
  return erase_run(op.map, {op.key, op.count}, false, step);
}

uint64_t Maps::do_operation(const EraseAsRunOperands& op, Step& step) {
  return erase_run(op.map, {op.key, op.count}, true, step);
}

uint64_t Maps::find_run(MapName map, KeyRange keys, bool as, Step& step) {
  uint64_t found = 0;
  for (uint64_t i = 0; i < keys.count; ++i) {
    const bool every_byte = i == 0 && step.mode().due;
    found += find(map, keys.first + i, as, every_byte, step).has_value();
  }
  if (step.mode().talks) step.say(to_string(found) + " found");
  return found;
}

uint64_t Maps::do_operation(const GetRunOperands& op, Step& step) {
  return find_run(op.map, {op.key, op.count}, false, step);
}

uint64_t Maps::do_operation(const GetAsRunOperands& op, Step& step) {
  return find_run(op.map, {op.key, op.count}, true, step);
}

void Maps::do_operation(const IterateOperands& op, Step& step) {
  const IterationStart start{op.bucket, static_cast<uint32_t>(op.offset)};
  iterators_.iterate(table_.slot(op.map), op.iterator, start, entries_.serial());
  describe(op.map, step);
}

// Returns the last entry produced; nothing at the end.
Maps::Entry Maps::do_operation(const AdvanceOperands& op, Step& step) {
  Entry entry;
  for (uint32_t i = 0; i < op.count; ++i) {
    entry = iterators_.advance(op.iterator);
    if (!entry) {
      if (step.mode().talks) step.say("end");
      return entry;
    }
    step.answer(entry->first);
    step.answer(entry->second);
    if (step.mode().talks) step.say(to_string(entry->first) + ":" + to_string(entry->second));
  }
  return entry;
}

void Maps::do_operation(const StopOperands& op, Step&) {
  iterators_.stop(op.iterator);
}

// Returns false, and does nothing, while a map holds the key or an iterator runs. Once there are weak
// references, a map that nothing leads to may come back.
bool Maps::set_hash(uint64_t key, uint64_t hash) {
  const uint64_t id = identity_of(environment_.kind(), key_named(environment_.kind(), key));
  const ModelWalk walk = environment_.walk();
  bool held = false;
  table_.for_each([&](ObjectId object_id, const MapRecord& record) {
    const bool may_be_used = walk.reached(object_id) || lifetimes_.model().used();
    held |= may_be_used && record.model->find(id) != nullptr;
  });
  if (held || iterators_.any_running() || reuse_.may_have_weak_value(id)) return false;
  environment_.hasher().fix(id, hash);
  return true;
}

bool Maps::do_operation(const SetHashOperands& op, Step& step) {
  const bool set = set_hash(op.key, op.hash);
  step.answer(set);
  if (step.mode().talks && !set) step.say("ignored: a map holds the key or an iterator runs");
  return set;
}

// Returns how many it fixed.
uint64_t Maps::do_operation(const SetHashRunOperands& op, Step& step) {
  uint64_t set = 0;
  for (uint64_t i = 0; i < op.count; ++i) set += set_hash(op.key + i, op.hash);
  step.answer(set);
  if (step.mode().talks) step.say(to_string(set) + " set");
  return set;
}

bool Maps::do_operation(const StoreOperands& op, Step& step) {
  const bool stored = step.done(write(op.map, step, [&] { return store(op, step); }));
  describe(op.map, step);
  return stored;
}

bool Maps::do_operation(const FetchOperands& op, Step& step) {
  return step.done(fetch(op));
}

bool Maps::do_operation(const LinkMapOperands& op, Step& step) {
  const MapSlot& slot = table_.slot(op.map);
  if (!objects_.has_links(op.root) || slot.adapter == nullptr) return step.done(false);
  objects_.set_link(op.root, op.link, slot.adapter->header(), slot.object_id);
  return step.done(true);
}

bool Maps::do_operation(const OpenOperands& op, Step& step) {
  return step.done(open(op));
}

bool Maps::do_operation(const StoreMapOperands& op, Step& step) {
  const bool stored = step.done(write(op.map, step, [&] { return store_map(op, step); }));
  describe(op.map, step);
  return stored;
}

bool Maps::do_operation(const FetchMapOperands& op, Step& step) {
  return step.done(fetch_map(op));
}

uint64_t Maps::do_operation(const FinishOperands& op, Step& step) {
  MapSlot& slot = table_.slot(op.map);
  const uint64_t erasures = slot.adapter == nullptr ? 0 : entries_.finish_growth(slot, step);
  step.answer(erasures);
  if (step.mode().talks) step.say(to_string(erasures) + " erasures");
  describe(op.map, step);
  return erasures;
}

bool Maps::do_operation(const CloneOperands& op, Step& step) {
  const bool there = table_.slot(op.map).adapter != nullptr;
  if (there) {
    table_.clone(op.map, op.target);
  } else {
    table_.drop(op.target);
  }
  step.done(there);
  describe(op.target, step);
  return there;
}

// Returns false, too, where there is nothing to compare.
bool Maps::do_operation(const CompareOperands& op, Step& step) {
  const MapSlot& slot = table_.slot(op.map);
  const MapSlot& other = table_.slot(op.target);
  if (slot.adapter == nullptr || other.adapter == nullptr || slot.record->kind != other.record->kind)
    return step.done(false);
  const bool equal = table_.compare(op.map, op.target, step.mode().due);
  step.answer(equal);
  if (step.mode().talks) step.say(equal ? "equal" : "not equal");
  return equal;
}

void Maps::do_operation(const SwapOperands& op, Step&) {
  table_.swap(op.map, op.target);
}

void Maps::do_operation(const ReserveOperands& op, Step& step) {
  entries_.reserve(table_.ensure(op.map), op.entries, step);
  describe(op.map, step);
}

void Maps::do_operation(const FitOperands& op, Step& step) {
  if (table_.slot(op.map).adapter != nullptr) entries_.fit(table_.slot(op.map), step);
  describe(op.map, step);
}

void Maps::do_operation(const ShrinkOperands& op, Step&) {
  const MapSlot& slot = table_.ensure(op.map);
  slot.adapter->set_shrinking(op.allowed);
  slot.record->oracle.set_shrinking(op.allowed);
}

void Maps::misuse(ObjectId map, CallbackAction action) {
  const MapSlot slot = table_.open_unnamed(map);
  if (slot.adapter->size() == 0) return;
  if (action == CallbackAction::kClear) {
    slot.adapter->clear();
  } else {
    slot.adapter->erase_as(key_count(slot.record->kind));
  }
  throw Failure{"M16", "a callback wrote to the map that called it"};
}

}  // namespace gcmap::harness
