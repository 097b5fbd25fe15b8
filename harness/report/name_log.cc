#include "harness/report/name_log.h"

namespace gcmap::harness {
namespace {

void tell_if_new(const char* name, std::string now, std::string& told, JsonText& json) {
  if (now == told) return;
  told = std::move(now);
  json.key(name).raw(told);
}

std::string name_of(OperandKind kind, size_t index) {
  return std::string(info_of(kind).prefix) + std::to_string(index);
}

void write_iterator(const IteratorSlot& slot, const SoundMemory& memory, JsonText& json) {
  const IteratorPlace place = slot.adapter->place();
  json.begin_object().key("map").number(slot.map).key("running").boolean(place.array != nullptr);
  if (place.array != nullptr) {
    json.key("array").number(memory.offset_of(place.array)).key("b").number(place.b);
    json.key("generation").number(static_cast<uint64_t>(slot.adapter->generation()));
    json.key("start").number(place.start).key("next_chain").number(place.next_chain);
    json.key("bucket").number(memory.offset_of(place.bucket)).key("slot").number(place.slot);
    json.key("borrowed").number(memory.offset_of(place.borrowed));
  }
  json.end_object();
}

}  // namespace

void NameLog::tell(const SoundMemory& memory, const ObjectAddresses& addresses, JsonText& json) {
  tell_if_new("roots", roots(addresses), roots_, json);
  tell_if_new("iterators", iterators(memory), iterators_, json);
}

std::string NameLog::roots(const ObjectAddresses& addresses) const {
  JsonText json;
  json.begin_object();
  const auto write = [&](OperandKind kind, size_t index, const void* target) {
    if (target == nullptr) return;
    json.key(name_of(kind, index));
    const ObjectId id = addresses.find(target);
    id == kNoObject ? json.string("lost") : json.number(id);
  };
  for (size_t i = 0; i < kMaps; ++i) {
    const MapSlot& slot = families_.maps.table().slot(MapName(i));
    if (slot.adapter != nullptr) write(OperandKind::kMap, i, slot.adapter->header());
  }
  for (size_t i = 0; i < kRoots; ++i) {
    const RootSlot& slot = families_.objects.root(RootName(i));
    if (slot.handle) write(OperandKind::kRoot, i, slot.handle->get());
  }
  return json.end_object().text();
}

std::string NameLog::iterators(const SoundMemory& memory) const {
  JsonText json;
  json.begin_object();
  for (size_t i = 0; i < kIterators; ++i) {
    const IteratorSlot& slot = families_.maps.iterators().slot(IteratorName(i));
    if (slot.adapter == nullptr) continue;
    json.key(name_of(OperandKind::kIterator, i));
    write_iterator(slot, memory, json);
  }
  return json.end_object().text();
}

}  // namespace gcmap::harness
