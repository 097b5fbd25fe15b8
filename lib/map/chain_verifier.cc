#include "map/chain_verifier.h"

#include <cstring>
#include <utility>

#include "gcmap/internal/map/inspector.h"

namespace gcmap {
namespace {

using std::to_string;

// Brent's: the hare walks, the tortoise is put where it stands after 1, 2, 4, 8... steps.
bool is_cyclic(Bucket head) {
  Bucket tortoise = head;
  uint64_t steps = 0;
  uint64_t limit = 1;
  for (Bucket hare = head.overflow(); hare; hare = hare.overflow()) {
    if (hare.memory() == tortoise.memory()) return true;
    if (++steps < limit) continue;
    tortoise = hare;
    steps = 0;
    limit *= 2;
  }
  return false;
}

}  // namespace

// Eight bytes at a time: most of what verifiers read is zero.
bool all_zero(const void* memory, size_t bytes) {
  const auto* byte = static_cast<const unsigned char*>(memory);
  for (; bytes >= sizeof(uint64_t); byte += sizeof(uint64_t), bytes -= sizeof(uint64_t)) {
    uint64_t word;
    std::memcpy(&word, byte, sizeof word);
    if (word != 0) return false;
  }
  for (size_t i = 0; i < bytes; ++i) {
    if (byte[i] != 0) return false;
  }
  return true;
}

void ChainVerifier::report(const char* id, std::string path, std::string detail) {
  violations_.push_back({id, std::move(path), std::move(detail)});
}

void ChainVerifier::check_present(uint64_t chain) {
  check_slots({kPresentChain, chain}, Bucket::at(map_.buckets, chain, type_), map_.b);
}

void ChainVerifier::check_old(uint64_t chain) {
  const ChainPlace place{kOldChain, chain};
  const Bucket head = Bucket::at(map_.old_buckets, chain, type_);
  if (is_evacuated_mark(head.marks()[0])) {
    check_evacuated(place, head);
    check_sister(chain);
    return;
  }
  if ((chain & bucket_mask(map_.moved_b())) < map_.nevacuate) {
    report("M6", place.path(), "not evacuated, but below nevacuate " + to_string(map_.nevacuate));
  }
  check_slots(place, head, map_.old_b());
  check_untouched(chain & bucket_mask(map_.b));
  if (map_.doubling()) check_untouched(chain + bucket_count(map_.old_b()));
}

// Marks 0 throughout, and not a byte of key or value: nothing is wrong with such a bucket, wherever
// it stands.
bool ChainVerifier::is_blank(Bucket bucket) const {
  return all_zero(bucket.marks(), kBucketSlots) &&
         all_zero(bucket.key(0), size_t{kBucketSlots} * type_.key_size) &&
         all_zero(bucket.value(0), size_t{kBucketSlots} * type_.value_size);
}

// A chain that is not evacuated. M5, M6 and what each slot must be.
void ChainVerifier::check_slots(ChainPlace place, Bucket head, uint8_t b) {
  bool rest = false;
  uint8_t last = kMinTopHash;  // last mark that is not 0
  uint64_t overflow = 0;
  entries_.clear();
  for (Bucket bucket = head; bucket; bucket = bucket.overflow(), ++overflow) {
    if (is_blank(bucket)) {
      rest = true;
      continue;
    }
    for (uint32_t slot = 0; slot < kBucketSlots; ++slot) {
      const uint8_t mark = bucket.marks()[slot];
      if (rest && mark != kEmptyRest)
        report("M5", place.path(overflow, slot), "mark " + to_string(mark) + " after mark 0");
      rest = rest || mark == kEmptyRest;
      if (mark != kEmptyRest) last = mark;
      if (is_evacuated_mark(mark)) {
        report("M6", place.path(overflow, slot),
               "mark " + to_string(mark) + " in a chain that is not evacuated");
      } else if (is_empty_mark(mark)) {
        check_dead(place, bucket, overflow, slot);
      } else {
        ++live_;
        check_entry(place, bucket, overflow, slot, b);
      }
    }
  }
  if (last == kEmptyOne) report("M5", place.path(), "ends in mark 1: the tail was not normalized");
}

// M2, M3, M4. A key that does not equal itself has no place of its own.
void ChainVerifier::check_entry(ChainPlace place, Bucket bucket, uint64_t overflow, uint32_t slot,
                                uint8_t b) {
  const void* const key = bucket.key(slot);
  if (!type_.equal(map_, key, key)) return;
  const uint64_t hash = type_.hash(map_, key);
  const uint8_t mark = bucket.marks()[slot];
  if (mark != top_hash(hash)) {
    report("M2", place.path(overflow, slot),
           "mark " + to_string(mark) + ", hash says " + to_string(top_hash(hash)));
  }
  if ((hash & bucket_mask(b)) != place.index)
    report("M3", place.path(overflow, slot), "hash names chain " + to_string(hash & bucket_mask(b)));
  check_unique(place, {hash, key, overflow, slot});
}

// M4, against the entries before this one. Keys whose hashes differ cannot be equal: only the others
// are asked.
void ChainVerifier::check_unique(ChainPlace place, const Entry& entry) {
  const Entry* const end = entries_.data() + entries_.size();
  for (const Entry* other = entries_.data(); other != end; ++other) {
    if (other->hash == entry.hash && type_.equal(map_, entry.key, other->key)) {
      report("M4", place.path(entry.overflow, entry.slot),
             "same key as in " + place.path(other->overflow, other->slot));
    }
  }
  entries_.push_back(entry);
}

// M9.
void ChainVerifier::check_dead(ChainPlace place, Bucket bucket, uint64_t overflow, uint32_t slot) {
  if (!all_zero(bucket.key(slot), type_.key_size))
    report("M9", place.path(overflow, slot), "dead slot holds a key");
  if (!all_zero(bucket.value(slot), type_.value_size))
    report("M9", place.path(overflow, slot), "dead slot holds a value");
}

// M6: all or none.
void ChainVerifier::check_evacuated(ChainPlace place, Bucket head) {
  uint64_t overflow = 0;
  for (Bucket bucket = head; bucket; bucket = bucket.overflow(), ++overflow) {
    for (uint32_t slot = 0; slot < kBucketSlots; ++slot) {
      const uint8_t mark = bucket.marks()[slot];
      if (!is_evacuated_mark(mark))
        report("M6", place.path(overflow, slot), "mark " + to_string(mark) + " in a chain that is evacuated");
      if (mark == kEvacuatedY && !map_.doubling())
        report("M6", place.path(overflow, slot), "moved to Y, though the map is not doubling");
    }
  }
  if (type_.scanned() && (map_.flags & kFlagOldIterator) == 0 && !map_.old_borrowed) check_wiped(place, head);
}

// M6: chains that go to the same place go together.
void ChainVerifier::check_sister(uint64_t chain) {
  if (!map_.halving()) return;
  const uint64_t sister = chain ^ bucket_count(map_.b);
  if (!is_evacuated_mark(Bucket::at(map_.old_buckets, sister, type_).marks()[0])) {
    report("M6", ChainPlace{kOldChain, chain}.path(),
           "evacuated, but not old bucket " + to_string(sister) + ", which goes to the same place");
  }
}

// M9: who erases an entry now reaches its new place only.
void ChainVerifier::check_wiped(ChainPlace place, Bucket head) {
  if (head.overflow()) report("M9", place.path(), "evacuated, but still leads to overflow buckets");
  for (uint32_t slot = 0; slot < kBucketSlots; ++slot) {
    const bool wiped =
        all_zero(head.key(slot), type_.key_size) && all_zero(head.value(slot), type_.value_size);
    if (!wiped) report("M9", place.path(0, slot), "evacuated, but still holds its key or value");
  }
}

// M6: nothing is written to the target of a chain that has not been evacuated.
void ChainVerifier::check_untouched(uint64_t chain) {
  const ChainPlace place{kPresentChain, chain};
  uint64_t overflow = 0;
  for (Bucket bucket = Bucket::at(map_.buckets, chain, type_); bucket;
       bucket = bucket.overflow(), ++overflow) {
    for (uint32_t slot = 0; slot < kBucketSlots; ++slot) {
      if (!is_empty_mark(bucket.marks()[slot]))
        report("M6", place.path(overflow, slot), "holds an entry, though its old chain is not evacuated");
    }
  }
}

Violations MapInspector::verify_chain(uint64_t hash) const {
  Violations violations;
  if (header_->buckets == nullptr) return violations;
  const bool growing = header_->growing();
  const uint64_t present = hash & bucket_mask(header_->b);
  const uint64_t old = growing ? hash & bucket_mask(header_->old_b()) : 0;
  // An old chain that is not evacuated is compared with both chains it will feed, and with the one that feeds
  // the same.
  const uint64_t sister = header_->doubling() ? present ^ bucket_count(header_->old_b()) : present;
  const uint64_t old_sister = header_->halving() ? old ^ bucket_count(header_->b) : old;
  for (const uint64_t chain : {present, sister}) {
    if (!is_cyclic(Bucket::at(header_->buckets, chain, *type_))) continue;
    violations.push_back({"M11", ChainPlace{kPresentChain, chain}.path(), "the chain is cyclic"});
    return violations;
  }
  if (growing && (is_cyclic(Bucket::at(header_->old_buckets, old, *type_)) ||
                  is_cyclic(Bucket::at(header_->old_buckets, old_sister, *type_)))) {
    violations.push_back({"M11", ChainPlace{kOldChain, old}.path(), "the chain is cyclic"});
    return violations;
  }
  ChainVerifier verifier(*header_, *type_, violations);
  verifier.check_present(present);
  if (growing) verifier.check_old(old);
  if (old_sister != old) verifier.check_old(old_sister);
  return violations;
}

}  // namespace gcmap
