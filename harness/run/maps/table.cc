#include "harness/run/maps/table.h"

#include <utility>

#include "harness/run/maps/judge.h"

namespace gcmap::harness {

std::unique_ptr<Subject> MapTable::make_unnamed(MapKind kind, uint64_t hint, Ref& ref) {
  auto reference = std::make_shared<ReferenceMap>();
  ref = environment_.graph().add_map(reference);
  std::unique_ptr<Subject> subject =
      make_subject(kind, environment_.heap(), environment_.hasher(), ref, hint);
  environment_.graph().set_address(ref, subject->header());
  const MapRecord& made = records_.emplace(ref, MapRecord{kind, std::move(reference), {}}).first->second;
  if (environment_.oracles()) made.oracle.after_make(subject->inspect(), hint);
  return subject;
}

void MapTable::make(MapName name, uint64_t hint) {
  Ref ref = kNoRef;
  MapSlot& slot = this->slot(name);
  slot.subject = make_unnamed(environment_.kind(), hint, ref);
  this->name(slot, ref);
}

MapSlot& MapTable::ensure(MapName name) {
  if (slot(name).subject == nullptr) make(name, 0);
  return slot(name);
}

void MapTable::name(MapSlot& slot, Ref ref) {
  slot.ref = ref;
  slot.record = ref == kNoRef ? nullptr : &records_.at(ref);
}

void MapTable::drop(MapName name) {
  slot(name).subject.reset();
  this->name(slot(name), kNoRef);
}

void MapTable::open(MapName name, MapHeader* header, Ref ref) {
  const bool marking = environment_.heap().marking();
  slot(name).subject = open_subject(record(ref).kind, header);
  this->name(slot(name), ref);
  environment_.expect_shaded(marking, header);
}

MapSlot MapTable::open_unnamed(Ref map) {
  MapSlot slot;
  slot.subject = open_subject(record(map).kind, const_cast<MapHeader*>(header(map)));
  name(slot, map);
  return slot;
}

// M17: the clone holds what its source holds, which does not change. That they share nothing mutable shows
// later, when either is written to and both are compared, and in the end, when boxes are counted (G3).
void MapTable::clone(MapName source_name, MapName target) {
  const MapSlot& source = slot(source_name);
  const MapRecord& record = *source.record;
  const bool oracles = environment_.oracles();
  auto reference = std::make_shared<ReferenceMap>(*record.reference);
  const Ref ref = environment_.graph().add_map(reference);
  const uint64_t before = oracles ? MapOracle::before_read(source.subject->inspect(), true) : 0;
  std::unique_ptr<Subject> subject = source.subject->clone(ref);
  environment_.hasher().disarm();
  if (oracles) MapOracle::after_read(before, source.subject->inspect(), true);
  environment_.graph().set_address(ref, subject->header());
  const MapRecord& copy =
      records_.emplace(ref, MapRecord{record.kind, std::move(reference), {}}).first->second;
  if (oracles) {
    copy.oracle.after_clone(subject->inspect(), record.oracle);
    MapJudge(environment_).check_entries(copy, subject->inspect());
  }
  slot(target).subject = std::move(subject);
  name(slot(target), ref);
}

void MapTable::swap(MapName first_name, MapName second_name) {
  MapSlot& first = slot(first_name);
  MapSlot& second = slot(second_name);
  const bool by_handles =
      first.subject != nullptr && second.subject != nullptr && first.record->kind == second.record->kind;
  if (by_handles) {
    first.subject->swap(*second.subject);
    std::swap(first.ref, second.ref);
    std::swap(first.record, second.record);
  } else {
    std::swap(first, second);
  }
}

void MapTable::reach(const ReferenceGraph& graph) const {
  for (const MapSlot& slot : slots_) graph.reach(slot.ref);
}

}  // namespace gcmap::harness
