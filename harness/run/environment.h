// The environment of a run: one heap with its mutators, the hash function, who is told of the heap's events,
// and the object graph beside the heap.
//
// Families of operations (families.h) share it and own everything else. Whoever holds names of objects says
// so here, once: a walk of the graph begins with all of them.
#pragma once

#include <cstdint>
#include <vector>

#include "gcmap/heap.h"
#include "harness/model/graph.h"
#include "harness/oracle/event_recorder.h"
#include "harness/program/typed_operands.h"
#include "harness/subject/hasher.h"
#include "harness/subject/map_adapter.h"
#include "harness/subject/node.h"
#include "harness/subject/work_budget.h"

namespace gcmap::harness {

// What a program's configuration makes of its heap.
HeapOptions heap_options(const Config& config);

// Holds names of objects, or what stands for one: what the program can get at begins there.
class NameOwner {
 public:
  virtual void reach(ModelWalk& walk) const = 0;

 protected:
  ~NameOwner() = default;
};

class Environment {
 public:
  // `oracles`: structures are verified, not only answers compared.
  Environment(const Config& config, bool oracles);
  ~Environment();
  // The heap tells nobody any more.
  void stop_listening();

  const Config& config() const { return config_; }
  MapKind kind() const { return static_cast<MapKind>(config_.kind); }  // of the maps that are made
  bool oracles() const { return oracles_; }

  Heap& heap() { return heap_; }
  const Heap& heap() const { return heap_; }
  // Of the operation at hand: what it asks the hash function, and what the heap tells of it.
  WorkBudget& budget() const { return budget_; }
  ProgramHasher& hasher() { return hasher_; }
  const ProgramHasher& hasher() const { return hasher_; }
  ModelGraph& graph() { return graph_; }
  const ModelGraph& graph() const { return graph_; }
  EventRecorder& recorder() { return recorder_; }
  const EventRecorder& recorder() const { return recorder_; }

  // Another mutator goes on.
  // Returns false if there is none of that name.
  bool enter(MutatorName mutator);
  // The mutator goes, and a new one has its name.
  // Returns false, and does nothing, if there is none of that name, if it is the current one or owns handles.
  // Errors: std::bad_alloc.
  bool renew_mutator(MutatorName mutator);
  // Only the first is left.
  // Requires: roots of the others are gone.
  void remove_mutators();

  // A new node in the heap and in the graph.
  // Errors: std::bad_alloc; the graph then has one that nothing leads to.
  Word new_node(uint64_t number, uint32_t cells, ObjectId& object_id);
  // The same without links.
  Word new_plain_node(uint32_t cells, ObjectId& object_id);
  // H14 of a node that was just made.
  void expect_blank(const Node* node, uint32_t cells) const;
  // While a sweep runs, what is handed out is not what it frees. `object_id`: of the object at `value`.
  void expect_alive(const void* value, ObjectId object_id, const char* oracle) const;
  // G9 for handles: what one takes while marking is shaded.
  void expect_shaded(bool was_marking, const void* value) const;

  // Walks of the graph begin with what `owner` reaches, after what owners added before it reach.
  // Requires: it lives as long.
  void add(const NameOwner& owner) { owners_.push_back(&owner); }
  // A walk that has reached what the program can get at now.
  ModelWalk walk() const;

 private:
  const Config config_;
  const bool oracles_;
  mutable WorkBudget budget_;  // checks, which change nothing else, are not counted
  ProgramHasher hasher_;
  Heap heap_;
  std::vector<Mutator*> mutators_;
  ModelGraph graph_;
  EventRecorder recorder_;
  std::vector<const NameOwner*> owners_;
};

}  // namespace gcmap::harness
