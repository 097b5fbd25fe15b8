// What a heap reports while it works: one interface for everybody who watches.
//
// Decision points are the places inside an operation where a collector step may happen; phases are
// those of the collection cycle; barrier records are the pointer stores the write barrier saw. All of
// them go to one EventSink, which is a null check when nobody listens. The sink is also told of every
// object that comes and goes, by allocation serial, because an address is no identity.
//
// Not here: what to do at a decision point. That is the pacing strategy's (gc/pacing/pacing.h).
#pragma once

#include <cstddef>
#include <cstdint>

namespace gcmap {

struct Type;

// X(constant, name). The names appear in traces, statistics and reports.
#define GCMAP_PHASES(X)                   \
  X(kIdle, "idle")                        \
  X(kMark, "mark")                        \
  X(kMarkTermination, "mark termination") \
  X(kSweep, "sweep")

enum class Phase : uint8_t {
#define GCMAP_ENUM(constant, name) constant,
  GCMAP_PHASES(GCMAP_ENUM)
#undef GCMAP_ENUM
};

// X(constant, name). Programs of operations name points by their place here: new ones go to the end.
#define GCMAP_DECISION_POINTS(X)                   \
  X(kAllocationEntered, "allocation entered")      \
  X(kAllocationSlow, "allocation slow path")       \
  X(kAllocationClaimed, "allocation claimed")      \
  X(kAllocationZeroed, "allocation zeroed")        \
  X(kAllocationPublished, "allocation published")  \
  X(kMapEntryInserted, "map entry inserted")       \
  X(kMapGrowthStarted, "map growth started")       \
  X(kMapCellEvacuated, "map cell evacuated")       \
  X(kMapChainEvacuated, "map chain evacuated")     \
  X(kSpanSwept, "span swept")                      \
  X(kBarrierFlush, "barrier flush")                \
  X(kSafepoint, "safepoint")                       \
  X(kWeakRead, "weak read")                        \
  X(kFinalizerPopped, "finalizer popped")          \
  X(kScavengerPick, "scavenger pick")              \
  X(kAllocationZeroPiece, "allocation zero piece") \
  X(kAllocationFails, "allocation fails")

enum class DecisionPoint : uint8_t {
#define GCMAP_ENUM(constant, name) constant,
  GCMAP_DECISION_POINTS(GCMAP_ENUM)
#undef GCMAP_ENUM
};

inline constexpr size_t kPhaseCount = 0
#define GCMAP_COUNT(constant, name) +1
    GCMAP_PHASES(GCMAP_COUNT);
inline constexpr size_t kDecisionPointCount = 0 GCMAP_DECISION_POINTS(GCMAP_COUNT);
#undef GCMAP_COUNT

const char* name_of(Phase phase);
const char* name_of(DecisionPoint point);

// Points in the middle of something that nobody roots: a slot taken but not published, a store whose operands
// are in registers, a weak reference read while another one's object is in a register. Only starting a cycle
// and marking are carried out there: they free nothing.
constexpr bool allows_marking_only(DecisionPoint point) {
  return point == DecisionPoint::kAllocationClaimed || point == DecisionPoint::kAllocationZeroPiece ||
         point == DecisionPoint::kAllocationZeroed || point == DecisionPoint::kBarrierFlush ||
         point == DecisionPoint::kWeakRead;
}

// Can a run reach `point` in `phase`? Mark termination is over within the step that enters it.
constexpr bool occurs_in(DecisionPoint point, Phase phase) {
  if (phase == Phase::kMarkTermination) return false;
  if (point == DecisionPoint::kBarrierFlush) return phase == Phase::kMark;
  if (point == DecisionPoint::kSpanSwept) return phase == Phase::kSweep;
  return true;
}

// Receives events: all of them, in their order (invariant H12). Every member has an empty default. A sink
// must not allocate from, write to or step the heap that calls it; it may read the heap and run verifiers.
// Nothing may be thrown: events come from the middle of what must not stop halfway.
class EventSink {
 public:
  virtual ~EventSink() = default;

  // The heap stands at a decision point; the pacing strategy is asked right after.
  virtual void on_point(DecisionPoint) {}

  // The cycle moves on. `from` is still in force where its invariants are concerned: at
  // kMark -> kMarkTermination nothing grey is left and the barrier is still on, so that a verifier can
  // compare marks with reachability; at kMarkTermination -> kSweep nothing has been swept yet.
  virtual void on_phase(Phase /*from*/, Phase /*to*/) {}

  // A pointer slot inside the heap is about to change from `old_value` to `new_value` while marking.
  virtual void on_barrier(const void* /*slot*/, const void* /*old_value*/, const void* /*new_value*/) {}

  // A handle outside the heap takes `value`, not null, while marking: it is about to be shaded.
  virtual void on_shade(const void* /*value*/) {}

  // An object of `bytes` requested bytes was published. Serials start at 1 and never repeat in a heap.
  virtual void on_allocate(const void* /*object*/, size_t /*bytes*/, uint64_t /*serial*/) {}

  // The sweeper is about to free the object; its memory is still readable. `type` is null for
  // pointer-free ones.
  virtual void on_free(const void* /*object*/, const Type* /*type*/) {}
};

}  // namespace gcmap
