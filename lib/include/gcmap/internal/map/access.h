// Find, assign and erase: the hot paths, templates over key and value.
//
// Everything rare is out of line and untyped (grow.h, overflow.h). A write is
//   1. raise the writing flag and hash the key (may throw),
//   2. pay growth work, if growing,
//   3. search the chain of the present array - reads search the old chain if it is not evacuated yet,
//   4. change a slot; nothing after the first changed byte can fail.
//
// Invariants: M14, a look-up leaves every byte of the map as it was. G7, a write that a failed allocation
// ended has not happened: contents, iterators and flags are as before, growth begun and chains
// evacuated aside.
//
// Relied on by: Map (gcmap/map.h), iterators through MapType::find.
#pragma once

#include <array>
#include <bit>
#include <new>
#include <type_traits>

#include "gcmap/heap.h"
#include "gcmap/internal/base/counter.h"
#include "gcmap/internal/gc/heap_door.h"
#include "gcmap/internal/map/callback.h"
#include "gcmap/internal/map/cell.h"
#include "gcmap/internal/map/grow.h"
#include "gcmap/internal/map/hash.h"
#include "gcmap/internal/map/layout.h"
#include "gcmap/internal/map/match.h"
#include "gcmap/internal/map/overflow.h"
#include "gcmap/internal/map/writing.h"

namespace gcmap {

// Undoes one entry: wipes its slot and restores the marks' tail (M5). `head` is the chain's first bucket.
void remove_slot(const MapType& type, Bucket head, Bucket bucket, uint32_t slot);

// The last entry went: a new seed, and if the map may shrink no array larger than it must be.
void end_emptying(MapHeader& map);

template <typename K, typename V, typename Hash, typename Equal>
class Access {
 public:
  using KeyCell = Cell<K>;
  using ValueCell = Cell<V>;
  using StoredKey = typename KeyCell::Stored;
  using StoredValue = typename ValueCell::Stored;
  using Key = typename KeyCell::Argument;
  using Value = typename ValueCell::Argument;

  static_assert(
      std::is_trivially_copyable_v<Hash> && sizeof(Hash) <= kHasherBytes && alignof(Hash) <= 8,
      "the hash function object is stored in the map: trivially copyable, at most 16 bytes, aligned to 8");

  struct Slot {
    StoredKey* key = nullptr;
    StoredValue* value = nullptr;
  };

  // The kind of map, for everything that is not typed.
  static const MapType& type();

  static const Hash& hasher(const MapHeader& map) {
    return *std::launder(reinterpret_cast<const Hash*>(map.hasher));
  }

  // `Q` is Key, or what hash and equality take in its place.
  template <typename Q>
  static uint64_t hash(const MapHeader& map, const Q& key) {
    [[maybe_unused]] const Callback scope(map);
    if (!equals_itself(map, key)) return hash_key(hasher(map), key, HeapDoor::random(Heap::of(&map)).next());
    return hash_key(hasher(map), key, map.seed);
  }

  // What hash and equality take in place of a key need not be comparable with itself.
  template <typename Q>
  static bool equals_itself(const MapHeader& map, const Q& key) {
    if constexpr (KeyCell::kReflexive || !std::is_invocable_v<Equal, const Q&, const Q&>) {
      return true;
    } else {
      [[maybe_unused]] const Callback scope(map);
      return Equal{}(key, key);
    }
  }

  // The entry of `key`, or null pointers. Changes nothing.
  template <typename Q>
  static Slot find(const MapHeader& map, const Q& key) {
    if (map.count == 0) return {};
    check_readable(map);
    if (!equals_itself(map, key)) return {};
    const uint64_t h = hash(map, key);
    Bucket head = present_chain(map, h & bucket_mask(map.b), type());
    if (map.growing()) [[unlikely]] {
      const Bucket old = old_chain(map, h & bucket_mask(map.old_b()), type());
      if (!old.evacuated()) head = old;
    }
    return search<Purpose::kFind>(map, head, key, top_hash(h)).slot();
  }

  // The entry of `key`, inserted with a zero value if absent. A small key is taken by value: a reference
  // might lead into an array that the write lets go of; an object it points to is held. Anything may be
  // collected before this returns, so whoever is going to store a value holds it.
  // Requires: the map is rooted.
  // Errors: std::bad_alloc; contents, iterators and flags are as before.
  static Slot assign(MapHeader& map, Key key, bool& inserted) {
    [[maybe_unused]] const typename KeyCell::Hold hold(&map, key);
    const WritingGuard guard(map, type());
    const uint64_t h = hash<Key>(map, key);
    if (map.buckets == nullptr) [[unlikely]]
      make_array(map, type(), map.b);
    for (;;) {
      const uint64_t chain = h & bucket_mask(map.b);
      if (map.growing()) [[unlikely]]
        growth_work(map, type(), chain);
      const Bucket head = present_chain(map, chain, type());
      const Found found = search<Purpose::kAssign, Key>(map, head, key, top_hash(h));
      inserted = !found.key_slot;
      if (found.key_slot) return found.slot();
      if (!map.growing() && must_grow(map)) [[unlikely]] {
        begin_growth(map, type());
        continue;
      }
      const Slot slot = insert(map, found, key, top_hash(h));
      HeapDoor::notify_at(&map, DecisionPoint::kMapEntryInserted);
      return slot;
    }
  }

  // Returns whether the key was present.
  // Requires: the map is rooted.
  // Errors: std::bad_alloc from growth work; contents, iterators and flags are as before.
  template <typename Q>
  static bool erase(MapHeader& map, Q key) {
    if (map.count == 0) return false;
    [[maybe_unused]] const HoldIfKey<Q> hold(&map, key);
    const WritingGuard guard(map, type());
    const uint64_t h = hash<Q>(map, key);
    for (;;) {
      const uint64_t chain = h & bucket_mask(map.b);
      if (map.growing()) [[unlikely]]
        growth_work(map, type(), chain);
      const Bucket head = present_chain(map, chain, type());
      const Found found = search<Purpose::kFind, Q>(map, head, key, top_hash(h));
      if (!found.key_slot) return false;
      if (map.shrinks && !map.growing() && must_halve(map)) [[unlikely]] {
        begin_halving(map, type());
        continue;
      }
      remove_slot(type(), head, found.bucket, found.index);
      take_off(map.count, 1, "entries of a map");
      if (map.count == 0) end_emptying(map);
      return true;
    }
  }

 private:
  enum class Purpose : uint8_t { kFind, kAssign };

  static constexpr bool kCallsBack = !kCallsNobody<Hash> || !kCallsNobody<Equal>;
  // Comparing maps calls == of their values: that of a class other than ours is the user's.
  static constexpr bool kValuesCallBack =
      !kCallsNobody<std::equal_to<typename ValueCell::Stored>> && std::equality_comparable<V>;
  using Callback = std::conditional_t<kCallsBack, CallbackScope, NotCalledBack>;
  template <typename Q>
  using HoldIfKey = std::conditional_t<std::is_same_v<Q, Key>, typename KeyCell::Hold, NothingToDo>;

  // What a search along a chain came to: the key's slot or, when assigning, the first slot free for it.
  struct Found {
    Bucket bucket;       // of the key, or of the first free slot, or the last of the chain if full
    uint32_t index = 0;  // kBucketSlots: no free slot
    bool key_slot = false;

    Slot slot() const {
      if (!key_slot) return {};
      return {static_cast<StoredKey*>(bucket.key(index)), static_cast<StoredValue*>(bucket.value(index))};
    }
  };

  template <Purpose purpose, typename Q>
  static Found search(const MapHeader& map, Bucket head, const Q& key, uint8_t top);
  static Slot insert(MapHeader& map, Found place, Key key, uint8_t top);

  static constexpr uint32_t kCellPointers = KeyCell::kType.pointer_count + ValueCell::kType.pointer_count;
  static constexpr bool kScanned = kCellPointers != 0;
  static constexpr uint32_t kPointers = kScanned ? kBucketSlots * kCellPointers + 1 : 0;
  static constexpr uint32_t kValues = kBucketSlots + kBucketSlots * uint32_t{KeyCell::kType.size};
  static constexpr uint32_t kOverflow = kValues + kBucketSlots * uint32_t{ValueCell::kType.size};
  static constexpr std::array<uint32_t, kPointers> pointer_offsets();

  template <typename C>
  static constexpr const Type* box_type() {
    if constexpr (requires { C::kBox; }) {
      return &C::kBox;
    } else {
      return nullptr;
    }
  }
};

template <typename K, typename V, typename Hash, typename Equal>
template <typename Access<K, V, Hash, Equal>::Purpose purpose, typename Q>
typename Access<K, V, Hash, Equal>::Found Access<K, V, Hash, Equal>::search(const MapHeader& map, Bucket head,
                                                                            const Q& key, uint8_t top) {
  GCMAP_DCHECK(!head.evacuated(), "a search in chain %p, which was evacuated: its entries lie elsewhere",
               head.memory());
  [[maybe_unused]] const Callback scope(map);
  Found free{{}, kBucketSlots, false};
  Bucket bucket = head;
  for (;;) {
    const uint8_t* const marks = bucket.marks();
    for (SlotSet matches = slots_marked(marks, top); matches; matches.remove_first()) {
      const uint32_t index = matches.first();
      if (Equal{}(KeyCell::load(*static_cast<const StoredKey*>(bucket.key(index))), key))
        return {bucket, index, true};
    }
    if (purpose == Purpose::kAssign && free.index == kBucketSlots) {
      for (uint32_t i = 0; i < kBucketSlots; ++i) {
        if (!is_empty_mark(marks[i])) continue;
        free = {bucket, i, false};
        break;
      }
    }
    // Mark 0 runs to the end of the chain, so the last slot tells whether anything follows.
    if (marks[kBucketSlots - 1] == kEmptyRest) return free;
    const Bucket next = bucket.overflow();
    if (!next) break;
    bucket = next;
  }
  if (free.index == kBucketSlots) free.bucket = bucket;
  return free;
}

template <typename K, typename V, typename Hash, typename Equal>
typename Access<K, V, Hash, Equal>::Slot Access<K, V, Hash, Equal>::insert(MapHeader& map, Found place,
                                                                           Key key, uint8_t top) {
  const typename KeyCell::Fresh fresh_key(&map, key);
  const typename ValueCell::Zero zero(&map);
  if (place.index == kBucketSlots) [[unlikely]] {
    OverflowReserve reserve(map, type(), 1);
    const Bucket bucket = reserve.next();
    place.bucket.set_overflow(bucket.memory());
    place.bucket = bucket;
    place.index = 0;
  }
  const Slot slot{static_cast<StoredKey*>(place.bucket.key(place.index)),
                  static_cast<StoredValue*>(place.bucket.value(place.index))};
  GCMAP_DCHECK(is_empty_mark(place.bucket.marks()[place.index]),
               "a new entry goes to a slot with mark %u: it is taken", place.bucket.marks()[place.index]);
  GCMAP_DCHECK(top >= kMinTopHash, "a new entry has mark %u, which means something else: top_hash raises it",
               top);
  KeyCell::init(*slot.key, fresh_key);
  ValueCell::init(*slot.value, zero);
  place.bucket.marks()[place.index] = top;
  ++map.count;
  return slot;
}

// Pointer slots of a bucket: the keys, the values, or both, and the overflow link.
template <typename K, typename V, typename Hash, typename Equal>
constexpr std::array<uint32_t, Access<K, V, Hash, Equal>::kPointers>
Access<K, V, Hash, Equal>::pointer_offsets() {
  std::array<uint32_t, kPointers> offsets{};
  if constexpr (kScanned) {
    size_t n = 0;
    const auto add = [&](uint32_t begin, const Type& cell) {
      for (uint32_t slot = 0; slot < kBucketSlots; ++slot) {
        for (uint32_t i = 0; i < cell.pointer_count; ++i)
          offsets[n++] = begin + slot * static_cast<uint32_t>(cell.size) + cell.pointer_offsets[i];
      }
    };
    add(kBucketSlots, KeyCell::kType);
    add(kValues, ValueCell::kType);
    offsets[n] = kOverflow;
  }
  return offsets;
}

template <typename K, typename V, typename Hash, typename Equal>
const MapType& Access<K, V, Hash, Equal>::type() {
  static_assert(kValues % alignof(StoredValue) == 0 && kOverflow % alignof(void*) == 0,
                "a bucket has no padding, as in Go");
  static constexpr std::array<uint32_t, kPointers> kOffsets = pointer_offsets();
  static constexpr auto key_at = [](const void* cell) -> Key {
    return KeyCell::load(*static_cast<const StoredKey*>(cell));
  };
  static constexpr MapType kType{
      .key_size = KeyCell::kType.size,
      .value_size = ValueCell::kType.size,
      .values_offset = kValues,
      .overflow_offset = kOverflow,
      .bucket_size = kOverflow + sizeof(void*),
      .reflexive = KeyCell::kReflexive,
      .calls_back = kCallsBack || kValuesCallBack,
      .key = KeyCell::kType,
      .value = ValueCell::kType,
      .key_box = box_type<KeyCell>(),
      .value_box = box_type<ValueCell>(),
      .hash = [](const MapHeader& map, const void* key) { return hash<Key>(map, key_at(key)); },
      .equal =
          [](const MapHeader& map, const void* a, const void* b) {
            [[maybe_unused]] const Callback scope(map);
            return Equal{}(key_at(a), key_at(b));
          },
      .find =
          [](const MapHeader& map, const void* key) {
            const Slot slot = find<Key>(map, key_at(key));
            return EntryRef{slot.key, slot.value};
          },
      .bucket = {.name = "map buckets",
                 .size = kOverflow + sizeof(void*),
                 .pointer_offsets = kScanned ? kOffsets.data() : nullptr,
                 .pointer_count = kPointers},
  };
  return kType;
}

}  // namespace gcmap
