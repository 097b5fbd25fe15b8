#include "harness/go/key.h"

#include <cstring>

#include "harness/subject/numbered.h"

namespace gcmap::harness {
namespace {

template <typename K>
GoKey go_key(const char* name) {
  return {name, adapter_kind<K, uint64_t>(), word_in_cell<K>};
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
