#include "harness/go_key.h"

#include <bit>
#include <charconv>
#include <cstring>
#include <string>

#include "gcmap/string.h"
#include "harness/subject_of.h"

namespace gcmap::harness {
namespace {

// A struct of kBytes bytes. Every word depends on the id, so that none of them may be lost or moved.
template <size_t kBytes>
struct Struct {
  static constexpr size_t kWords = kBytes / sizeof(uint64_t);

  explicit Struct(uint64_t id) {
    for (size_t i = 0; i < kWords; ++i) words[i] = id * (2 * i + 1) + i;
  }
  uint64_t id() const { return words[0]; }
  bool operator==(const Struct&) const = default;

  uint64_t words[kWords];
};

constexpr uint64_t kNanBits = 0x7ff8000000000000;

uint64_t id_of(double key) {
  if (key == key) return key == 0 ? std::bit_cast<uint64_t>(key) >> 63 : static_cast<uint64_t>(key);
  return std::bit_cast<uint64_t>(key) & ~kNanBits;
}

uint64_t id_of(std::string_view digits) {
  uint64_t id = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), id);
  return id;
}

}  // namespace

template <>
struct NumberOf<double> {
  static uint64_t of(double key) { return id_of(key); }
};
template <>
struct NumberOf<std::string_view> {
  static uint64_t of(std::string_view key) { return id_of(key); }
};
template <size_t kBytes>
struct NumberOf<Struct<kBytes>> {
  static uint64_t of(const Struct<kBytes>& key) { return key.id(); }
};

template <>
struct WordOf<double> {
  static double argument(Word id) {
    if (id >= kFirstNanId) return std::bit_cast<double>(kNanBits | id);
    return id == 0 ? 0.0 : id == 1 ? -0.0 : static_cast<double>(id);
  }
  static Word of(double stored) { return id_of(stored); }
};
template <>
struct WordOf<String> {
  static std::string argument(Word id) { return std::to_string(id); }
  static Word of(const String& stored) { return id_of(stored.view()); }
};
template <size_t kBytes>
struct WordOf<Struct<kBytes>> {
  static Struct<kBytes> argument(Word id) { return Struct<kBytes>(id); }
  static Word of(const Struct<kBytes>& stored) { return stored.id(); }
};

namespace {

template <typename K>
GoKey go_key(const char* name) {
  using Stored = typename Cell<K>::Stored;
  return {name, subject_kind<K, uint64_t>(), [](const void* key) {
            return WordOf<K>::of(Cell<K>::object(*static_cast<Stored*>(const_cast<void*>(key))));
          }};
}

}  // namespace

const GoKey* find_go_key(std::string_view name) {
  static const GoKey kKeys[] = {go_key<uint64_t>("u64"), go_key<Struct<24>>("k24"), go_key<String>("str"),
                                go_key<double>("f64"), go_key<Struct<136>>("ind")};
  for (const GoKey& key : kKeys) {
    if (name == key.name) return &key;
  }
  return nullptr;
}

uint64_t GoMap::u64_id(const void* key) {
  uint64_t id;
  std::memcpy(&id, key, sizeof id);
  return id;
}

}  // namespace gcmap::harness
