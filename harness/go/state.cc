// Digests and dumps of a map's structure, as corpus/go-traces/FORMAT.md defines them.
#include "harness/go/state.h"
#include "gcmap/internal/map/layout.h"

#include <bit>

namespace gcmap::harness {

namespace {

constexpr uint8_t kBucketEnd = 0xff;
constexpr uint8_t kChainEnd = 0xfe;

const void* key_at(const GoMap& map, const BucketView& bucket, size_t slot) {
  return static_cast<const char*>(bucket.keys) + slot * map.map.type().key_size;
}

void feed_bucket(Fnv1a& digest, const GoMap& map, const BucketView& bucket) {
  static_assert(std::endian::native == std::endian::little);
  digest.feed64(std::bit_cast<uint64_t>(bucket.tophash));
  for (size_t slot = 0; slot < bucket.tophash.size(); ++slot) {
    if (bucket.tophash[slot] < kLeastTophash) continue;
    digest.feed64(map.id(key_at(map, bucket, slot)));
    digest.feed64(word_of(bucket.values, slot));
  }
  digest.feed(kBucketEnd);
}

std::string bucket_text(const GoMap& map, const BucketView& bucket) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string marks;
  std::string ids;
  bool empty = true;
  for (size_t slot = 0; slot < bucket.tophash.size(); ++slot) {
    const uint8_t mark = bucket.tophash[slot];
    marks += kDigits[mark >> 4];
    marks += kDigits[mark & 15];
    if (mark != 0) empty = false;
    if (mark >= kLeastTophash)
      ids += (ids.empty() ? '=' : ',') + std::to_string(map.id(key_at(map, bucket, slot)));
  }
  return empty ? "." : marks + ids;
}

void append_array(std::string& text, const GoMap& map, MapArray array) {
  const uint64_t chains = map.map.chains(array);
  for (uint64_t chain = 0; chain < chains; ++chain) {
    if (!text.empty()) text += ' ';
    text += go_chain(map, array, chain);
  }
}

}  // namespace

GoState go_state(const GoMap& map) {
  const MapState header = map.map.state();
  GoState state{.count = header.count,
                .b = header.b,
                .flags = header.flags,
                .noverflow = header.noverflow,
                .grow = header.growth,
                .nevacuate = header.nevacuate,
                .prealloc = header.preallocated};
  Fnv1a digest;
  const uint64_t present = map.map.chains(MapArray::kPresent);
  for (uint64_t chain = 0; chain < present; ++chain) {
    uint64_t buckets = 0;
    map.map.for_each_bucket(MapArray::kPresent, chain, [&](const BucketView& bucket) {
      feed_bucket(digest, map, bucket);
      ++buckets;
    });
    digest.feed(kChainEnd);
    state.newovf += buckets - 1;
  }
  Fnv1a lean = digest;
  bool same = true;  // so far; the two part at the first evacuated chain with overflow buckets
  const uint64_t old = map.map.chains(MapArray::kOld);
  for (uint64_t chain = 0; chain < old; ++chain) {
    const bool evacuated = map.map.evacuated(chain);
    uint64_t buckets = 0;
    map.map.for_each_bucket(MapArray::kOld, chain, [&](const BucketView& bucket) {
      const bool in_lean = !evacuated || buckets == 0;
      if (same && !in_lean) {
        lean = digest;
        same = false;
      }
      feed_bucket(digest, map, bucket);
      if (!same && in_lean) feed_bucket(lean, map, bucket);
      ++buckets;
    });
    digest.feed(kChainEnd);
    if (!same) lean.feed(kChainEnd);
    state.oldovf += buckets - 1;
    if (!evacuated) state.oldovflean += buckets - 1;
  }
  state.digest = digest.value();
  state.lean = same ? state.digest : lean.value();
  return state;
}

std::string go_chain(const GoMap& map, MapArray array, uint64_t chain) {
  std::string text;
  map.map.for_each_bucket(array, chain, [&](const BucketView& bucket) {
    if (!text.empty()) text += '+';
    text += bucket_text(map, bucket);
  });
  return text;
}

std::string go_dump(const GoMap& map) {
  std::string text;
  append_array(text, map, MapArray::kPresent);
  if (map.map.chains(MapArray::kOld) != 0) {
    text += " /";
    append_array(text, map, MapArray::kOld);
  }
  return text;
}

std::string to_text(const GoState& state) {
  std::string text;
#define GCMAP_FIELD(member, name, is_hexadecimal)                                      \
  text += (is_hexadecimal) ? hexadecimal(state.member) : std::to_string(state.member); \
  text += ' ';
  GCMAP_GO_STATE_FIELDS(GCMAP_FIELD)
#undef GCMAP_FIELD
  text.pop_back();
  return text;
}

std::string hexadecimal(uint64_t value) {
  std::string digits(16, '0');
  for (size_t i = 16; i-- > 0; value >>= 4) digits[i] = "0123456789abcdef"[value & 15];
  return digits;
}

}  // namespace gcmap::harness
