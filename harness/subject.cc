// From a kind to its instantiation.
#include "harness/subject.h"

#include <cstring>

#include "harness/subject_of.h"
#include "map/layout.h"

namespace gcmap::harness {
namespace {

const SubjectKind& subject_of(MapKind kind) {
  switch (kind) {
    case MapKind::kU64:
      return kU64Subject;
    case MapKind::kU64Object:
      return kU64ObjectSubject;
    case MapKind::kObjectU64:
      return kObjectU64Subject;
    case MapKind::kObjectObject:
      return kObjectObjectSubject;
    case MapKind::kU64Map:
      return kU64MapSubject;
  }
  return kU64Subject;
}

}  // namespace

std::unique_ptr<Subject> make_subject(MapKind kind, Heap& heap, const KeyHasher& hasher, uint64_t id,
                                      uint64_t hint) {
  return subject_of(kind).make(heap, hasher, id, hint);
}

std::unique_ptr<Subject> open_subject(MapKind kind, MapHeader* map) {
  return subject_of(kind).open(map);
}

MapInspector inspect_map(MapKind kind, const MapHeader* map) {
  return subject_of(kind).inspect(map);
}

uint64_t id_of_map(const MapHeader* map) {
  ForwardHash hash{};
  std::memcpy(static_cast<void*>(&hash), map->hasher, sizeof hash);
  return hash.id;
}

}  // namespace gcmap::harness
