// Finalizers: set, cleared, run and judged.
#include <exception>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>

#include "gcmap/finalizer.h"
#include "harness/run/lifetimes/lifetimes.h"

namespace gcmap::harness {
namespace {

struct FinalizerThrew {};

// What the library has contained of the finalizers it ran.
struct FinalizerErrors {
  void add(const std::exception_ptr& error) {
    ++threw;
    try {
      std::rethrow_exception(error);
    } catch (const Failure& found) {
      if (!failure) failure = found;
    } catch (...) {  // run_finalizers compares how many
    }
  }

  uint64_t threw = 0;
  std::optional<Failure> failure;  // the first
};

}  // namespace

using std::to_string;

Lifetimes::Lifetimes(Environment& environment, Objects& objects)
    : environment_(environment),
      objects_(objects),
      dead_(environment.heap()),
      tables_{WeakKeyMap<Node, Node>(environment.heap()), WeakKeyMap<Node, Node>(environment.heap())} {}

bool Lifetimes::set_finalizer_of(ObjectId object_id, Node* node, FinalizerAction action) {
  try {
    environment_.heap().set_finalizer(
        node, [this, object_id, action](void* object) { run_finalizer(object_id, object, action); });
  } catch (const std::invalid_argument&) {
    if (model_.pending(object_id)) return false;
    throw Failure{"G4", "object " + to_string(object_id) + " was refused a finalizer and has none"};
  }
  if (model_.pending(object_id))
    throw Failure{"G4", "object " + to_string(object_id) + " was given a second finalizer"};
  model_.set_pending(object_id, true);
  return true;
}

bool Lifetimes::unfinalize(RootName root) {
  if (!objects_.is_heap_node(root)) return false;
  const ObjectId object_id = id_of(root);
  const bool cleared = environment_.heap().clear_finalizer(node_of(root));
  if (cleared != model_.pending(object_id)) {
    throw Failure{"G4", "object " + to_string(object_id) + (cleared ? " had" : " lost") +
                            " a finalizer, against what was set"};
  }
  model_.set_pending(object_id, false);
  return cleared;
}

uint64_t Lifetimes::run_finalizers(uint64_t limit) {
  const uint64_t ran_before = finalizers_ran_;
  const uint64_t threw_before = finalizers_threw_;
  const uint64_t failed_before = environment_.heap().stats().finalizers_failed;
  FinalizerErrors errors;
  const uint64_t ran =
      environment_.heap().run_finalizers(limit, [&](const std::exception_ptr& error) { errors.add(error); });
  if (errors.failure) throw *errors.failure;
  if (ran > finalizers_ran_ - ran_before || errors.threw != finalizers_threw_ - threw_before ||
      environment_.heap().stats().finalizers_failed - failed_before != errors.threw) {
    throw Failure{"G4", to_string(finalizers_ran_ - ran_before) + " finalizers ran and " +
                            to_string(finalizers_threw_ - threw_before) + " threw, the heap says " +
                            to_string(ran) + " and " + to_string(errors.threw)};
  }
  return finalizers_ran_ - ran_before;
}

// What the library calls, and hands what it throws to run_finalizers.
void Lifetimes::run_finalizer(ObjectId object_id, void* object, FinalizerAction action) {
  ++finalizers_ran_;
  judge_finalizer(object_id, object);
  act(object_id, object, action);
  if (action != FinalizerAction::kThrow) return;
  ++finalizers_threw_;
  throw FinalizerThrew{};
}

// G4: once, with its own object, not before nothing leads to that, nor anything whose own finalizer is
// pending. G5: weak references were cleared before.
void Lifetimes::judge_finalizer(ObjectId object_id, void* object) {
  const std::string name = "the finalizer of object " + to_string(object_id);
  if (!model_.pending(object_id)) throw Failure{"G4", name + " ran twice, or was cleared"};
  if (object != environment_.graph().address(object_id))
    throw Failure{"G4", name + " was given another object"};
  if (environment_.graph().freed(object_id)) throw Failure{"G4", name + " ran after the object was freed"};
  if (environment_.walk().reached(object_id))
    throw Failure{"G4", name + " ran, and the object can be reached from a name or by another finalizer"};
  for (const WeakSlot& weak : weaks_) {
    if (weak.weak && leads_to(weak, object_id) && weak.weak->cell() != nullptr &&
        weak.weak->cell()->target != nullptr) {
      throw Failure{"G5", name + " ran before weak references to the object were cleared"};
    }
  }
  model_.set_pending(object_id, false);
  model_.end_life(object_id);
}

void Lifetimes::act(ObjectId object_id, void* object, FinalizerAction action) {
  switch (action) {
    case FinalizerAction::kNothing:
    case FinalizerAction::kThrow:
      return;
    case FinalizerAction::kKeep:
      return objects_.set_root(RootName(object_id % kRoots), object, object_id);
    case FinalizerAction::kCollect:
      return environment_.heap().collect();
    case FinalizerAction::kAgain:
      set_finalizer_of(object_id, static_cast<Node*>(object), FinalizerAction::kNothing);
      return;
  }
}

// What finalizers would keep for ever: those on circles.
void Lifetimes::clear_finalizers() {
  for (const ObjectId object_id : std::set<ObjectId>(model_.all_pending())) {
    environment_.heap().clear_finalizer(const_cast<void*>(environment_.graph().address(object_id)));
    model_.set_pending(object_id, false);
  }
}

}  // namespace gcmap::harness
