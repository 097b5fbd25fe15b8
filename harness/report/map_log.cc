#include "harness/report/map_log.h"

#include <string>

namespace gcmap::harness {
namespace {

constexpr uint8_t kBMax = 40;  // more buckets than a heap has room for

void write_array(const SoundMemory& memory, const void* base, JsonText& json) {
  base == nullptr ? json.null() : json.number(memory.offset_of(base));
}

}  // namespace

// One map's buckets as they are read.
struct MapLog::Reading {
  const MapType& type;
  const CellView& cells;
  const SoundMemory& memory;
  JsonText& json;
  std::unordered_set<const void*> met{};  // buckets; a chain may be cyclic, and arrays may be met twice
};

void MapLog::tell(const SoundMemory& memory, const ObjectAddresses& addresses, JsonText& json) {
  const MapTable& table = families_.maps.table();
  JsonText buckets;
  buckets.begin_array();
  table.for_each([&](ObjectId id, const MapRecord& record) {
    const MapHeader* const header = table.header(id);
    if (!ObjectAddresses::is_there(families_, id) || !memory.covers(header, sizeof(MapHeader))) return;
    const MapInspector map = table.inspect(id);
    tell_map(id, *header, map, memory);
    const CellView cells(map, record.kind, memory, addresses, families_.environment.graph());
    Reading reading{map.type(), cells, memory, buckets};
    tell_array(header->buckets, header->b, reading);
    if (header->growing()) tell_array(header->old_buckets, header->old_b(), reading);
    tell_held_arrays(id, reading);
  });
  buckets.end_array();
  maps_.end(json);
  if (buckets.text() != "[]") json.key("buckets").raw(buckets.text());
}

void MapLog::tell_map(ObjectId id, const MapHeader& header, const MapInspector& map,
                      const SoundMemory& memory) {
  const MapState state = map.state();
  JsonText json;
  json.begin_object().key("id").number(id);
  json.key("kind").number(static_cast<uint64_t>(families_.maps.table().record(id).kind));
  json.key("header").number(memory.offset_of(&header));
  json.key("count").number(state.count).key("b").number(state.b).key("flags").number(state.flags);
  json.key("noverflow").number(state.noverflow).key("growth").number(state.growth);
  json.key("nevacuate").number(state.nevacuate).key("spares").number(state.preallocated);
  json.key("seed").number(header.seed & 1).key("clears").number(header.clear_generation);
  json.key("bucket_bytes").number(map.type().bucket_size);
  json.key("scanned").boolean(map.scanned());
  json.key("present");
  write_array(memory, header.buckets, json);
  json.key("old");
  write_array(memory, header.old_buckets, json);
  json.key("old_b").number(header.growing() ? header.old_b() : 0);
  maps_.tell(id, json.end_object().text());
}

void MapLog::tell_array(const void* base, uint8_t b, Reading& reading) {
  if (b > kBMax || !reading.memory.covers(base, bucket_count(b) * reading.type.bucket_size)) return;
  for (uint64_t chain = 0; chain < bucket_count(b); ++chain)
    tell_chain(Bucket::at(const_cast<void*>(base), chain, reading.type), reading);
}

void MapLog::tell_chain(Bucket head, Reading& reading) {
  for (Bucket bucket = head; bucket && reading.met.insert(bucket.memory()).second;) {
    BucketView view{{}, bucket.key(0), bucket.value(0)};
    BucketContents contents;
    for (uint32_t slot = 0; slot < kBucketSlots; ++slot) {
      view.tophash[slot] = contents.marks[slot] = bucket.marks()[slot];
      contents.keys[slot] = reading.cells.key(view, slot);
      contents.values[slot] = reading.cells.value(view, slot);
    }
    const Bucket next = bucket.overflow();
    const bool sound = !next || reading.memory.covers(next.memory(), reading.type.bucket_size);
    contents.link = sound ? reading.memory.offset_of(next.memory()) : BucketContents::kDangling;
    buckets_.tell(reading.memory.offset_of(bucket.memory()), contents, reading.json);
    bucket = sound ? next : Bucket();
  }
}

// Arrays that only iterators hold any more.
void MapLog::tell_held_arrays(ObjectId id, Reading& reading) {
  for (size_t i = 0; i < kIterators; ++i) {
    const IteratorSlot& iterator = families_.maps.iterators().slot(IteratorName(i));
    if (iterator.adapter == nullptr || iterator.map != id) continue;
    const IteratorPlace place = iterator.adapter->place();
    tell_array(place.array, place.b, reading);
    if (place.borrowed != nullptr && reading.memory.covers(place.bucket, reading.type.bucket_size))
      tell_chain(Bucket(const_cast<void*>(place.bucket), reading.type), reading);
  }
}

}  // namespace gcmap::harness
