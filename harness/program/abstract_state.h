// What an operation meets: a few states of each thing it is about, as they are before it.
//
// Layout. An operation has an aspect for each map, iterator and root that its row of op.def names; one that
// names none, and those of the reuse family, have the pool and the arena:
//
//   aspect     its states, in this order                                          so many
//   map        shape (9) x no iterator on it, or one x phase (3)                  51
//   iterator   the same of the map it stands on; absent: it does not run          27
//   root       what it holds (7) x phase                                          21
//   pool       how full it is (3) x phase                                         9
//   arena      the same                                                           9
//
// A state is its place in this order: (shape * 2 + iterated) * 3 + phase. Places that cannot be are left out
// of the numbers above: an iterator stands on no absent map, and an iterator's map has one on it.
//
// Not here: who looks at a run and says which state it is in (harness/run/pair_recorder.h), and what is
// counted (pair_counts.h).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "gcmap/internal/base/check.h"
#include "gcmap/internal/base/event.h"
#include "harness/program/op.h"

namespace gcmap::harness {

// X(constant, word). A map is in the first that holds.
#define GCMAP_MAP_SHAPES(X)                                        \
  X(kAbsent, "absent")        /* the name stands for nothing */    \
  X(kDoubling, "doubling")    /* growing */                        \
  X(kSameSize, "same_size")   /* growing to the size it has */     \
  X(kHalving, "halving")      /* shrinking */                      \
  X(kEmpty, "empty")          /* no entry */                       \
  X(kThreshold, "threshold")  /* the next new key makes it grow */ \
  X(kOverflow, "overflow")    /* a chain has an overflow bucket */ \
  X(kOneBucket, "one_bucket") /* its array is one bucket */        \
  X(kBuckets, "buckets")      /* its array is several */

// X(constant, word). A root is in the first that holds; what hangs on an object is that of its life of now.
#define GCMAP_ROOT_CONTENTS(X)                                             \
  X(kEmpty, "empty")         /* nothing */                                 \
  X(kMap, "map")             /* a map */                                   \
  X(kArena, "arena")         /* an object of the arena */                  \
  X(kFinalizer, "finalizer") /* one whose finalizer is pending */          \
  X(kAnnotated, "annotated") /* the key of an entry of a weak-keyed map */ \
  X(kWeak, "weak")           /* one that is or was referred to weakly */   \
  X(kObject, "object")       /* any other */

// X(constant, word).
#define GCMAP_FILLS(X)                                    \
  X(kEmpty, "empty")       /* nothing in it */            \
  X(kPartly, "partly")     /* the next object has room */ \
  X(kBoundary, "boundary") /* the next object needs another chunk */

#define GCMAP_ENUM(constant, word) constant,
#define GCMAP_COUNT(constant, word) +1
enum class MapShape : uint8_t { GCMAP_MAP_SHAPES(GCMAP_ENUM) };
enum class RootContent : uint8_t { GCMAP_ROOT_CONTENTS(GCMAP_ENUM) };
enum class Fill : uint8_t { GCMAP_FILLS(GCMAP_ENUM) };
inline constexpr size_t kMapShapeCount = 0 GCMAP_MAP_SHAPES(GCMAP_COUNT);
inline constexpr size_t kRootContentCount = 0 GCMAP_ROOT_CONTENTS(GCMAP_COUNT);
inline constexpr size_t kFillCount = 0 GCMAP_FILLS(GCMAP_COUNT);
#undef GCMAP_COUNT
#undef GCMAP_ENUM

// Those between operations: mark termination is over within the step that enters it.
inline constexpr std::array kStatePhases = {Phase::kIdle, Phase::kMark, Phase::kSweep};

constexpr size_t place_of(Phase phase) {
  GCMAP_DCHECK(phase != Phase::kMarkTermination, "an operation begins in phase %d", static_cast<int>(phase));
  return phase == Phase::kSweep ? 2 : static_cast<size_t>(phase);
}
constexpr size_t state_of_map(MapShape shape, bool iterated, Phase phase) {
  return (static_cast<size_t>(shape) * 2 + iterated) * kStatePhases.size() + place_of(phase);
}
constexpr size_t state_of_root(RootContent content, Phase phase) {
  return static_cast<size_t>(content) * kStatePhases.size() + place_of(phase);
}
constexpr size_t state_of_fill(Fill fill, Phase phase) {
  return static_cast<size_t>(fill) * kStatePhases.size() + place_of(phase);
}

// What a state is of.
enum class Subject : uint8_t { kMap, kIterator, kRoot, kPool, kArena };
inline constexpr std::array kSubjects = {Subject::kMap, Subject::kIterator, Subject::kRoot, Subject::kPool,
                                         Subject::kArena};
std::string_view word_of(Subject subject);

inline constexpr size_t kStatesMax = kMapShapeCount * 2 * kStatePhases.size();
constexpr size_t state_count(Subject subject) {
  switch (subject) {
    case Subject::kMap:
    case Subject::kIterator:
      return kStatesMax;
    case Subject::kRoot:
      return kRootContentCount * kStatePhases.size();
    case Subject::kPool:
    case Subject::kArena:
      return kFillCount * kStatePhases.size();
  }
  return 0;
}
static_assert(state_count(Subject::kRoot) <= kStatesMax, "tables of states have room for those of a map");

// False for places of the order that nothing can be in.
bool is_possible(Subject subject, size_t state);
// "doubling.iterated.mark", "finalizer.sweep", "boundary.idle".
std::string words_of(Subject subject, size_t state);

// A thing an operation is about.
struct Aspect {
  Subject subject = Subject::kMap;
  Field field = Field::a;  // that names it; none names the pool and the arena
  std::string_view name;   // of the operand; "pool", "arena"
};
inline constexpr size_t kAspectsMax = 4;

// In the order of the operands, pool and arena last. Of kNop none.
std::span<const Aspect> aspects_of(OpKind kind);

// The state of each aspect of an operation.
using StatesBefore = std::array<uint8_t, kAspectsMax>;

}  // namespace gcmap::harness
