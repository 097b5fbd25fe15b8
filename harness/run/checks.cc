#include "harness/run/checks.h"

#include <string>
#include <utility>

#include "gcmap/internal/map/header.h"
#include "harness/oracle/expect.h"
#include "harness/run/families.h"

namespace gcmap::harness {
namespace {

using std::to_string;

constexpr size_t kSlotsAlwaysCompared = 256;  // more are compared on the cadence only

}  // namespace

void Checks::do_operation(const VerifyOperands&, Step&) {
  if (families_.environment.oracles()) verify();
}

ModelWalk Checks::check_lost() const {
  const ModelGraph& graph = families_.environment.graph();
  families_.lifetimes.check_pending();
  families_.reuse.check_arena();
  const ModelWalk walk = families_.environment.walk();
  for (ObjectId object_id = 1; object_id <= graph.size(); ++object_id) {
    if (!walk.reached(object_id) || !graph.freed(object_id)) continue;
    throw Failure{"G3", std::string("the sweeper freed ") + (graph.is_map(object_id) ? "map " : "object ") +
                            to_string(object_id) + ", which can still be reached"};
  }
  return walk;
}

void Checks::check_written_chain(const Written& written) const {
  const Environment& environment = families_.environment;
  if (written.map == kNoObject || environment.graph().freed(written.map)) return;
  const MapTable& table = families_.maps.table();
  const auto check = [&](uint64_t seed) {
    const Violations found =
        table.inspect(written.map).verify_chain(environment.hasher().hash_of(written.key, seed));
    if (!found.empty()) throw_first(found, "after a write to key " + to_string(written.key) + ": ");
  };
  const uint64_t seed = table.header(written.map)->seed;
  check(seed);
  // NaNs are hashed under random seeds, and the hasher looks at one bit of them.
  if (is_nan(table.record(written.map).kind, written.key)) check(seed ^ 1);
}

void Checks::check_complaints() {
  if (auto failure = recorder_.take_failure()) throw *std::move(failure);
}

void Checks::check_quickly(const Written& written) {
  if (!families_.environment.oracles()) return;
  if (recorder_.take_freed()) check_lost();
  families_.reuse.check_pool();
  limit_mark_ = families_.memory.check_limit(limit_mark_);
  families_.maps.iterators().check_flags();
  check_written_chain(written);
  recorder_.barriers().check_if_small(kSlotsAlwaysCompared);
  recorder_.barriers().forget_shades();
  check_complaints();
}

void Checks::check_struck(const Struck& struck, ObjectId dropped) const {
  if (dropped != kNoObject && !struck.failure && !families_.memory.is_limited())
    throw Failure{"G11", "object " + to_string(dropped) + " was put into the pool, which did not take it"};
  if (struck.failure && dropped == kNoObject && !families_.reuse.tries_again())
    throw Failure{"G7", "an allocation failed, and the operation went on without it"};
  if (struck.callback) throw Failure{"M16", "a callback threw, and the operation went on without it"};
}

void Checks::check_told() const {
  if (families_.environment.oracles()) recorder_.check_told();
}

void Checks::verify() {
  const WorkBudget::Scope uncounted(families_.environment.budget(), WorkBudget::kUnlimited);
  families_.maps.table().for_each_live(check_lost(), [&](ObjectId object_id, const MapRecord&) {
    const Violations found = families_.maps.table().inspect(object_id).verify();
    if (!found.empty()) throw_first(found, "map " + to_string(object_id) + " ");
  });
  throw_first(families_.environment.heap().verify(), "");
  families_.lifetimes.check_table_sizes();
  families_.reuse.check_weak_size();
  recorder_.barriers().check();
  check_complaints();
}

// "Not happened" (design 2.4): the same contents, iterators and live set, sound structures, no flag up.
// Growth begun and chains evacuated may stay.
void Checks::check_after_failure(const Written& written) {
  if (!families_.environment.oracles()) return;
  const MapTable& table = families_.maps.table();
  try {
    if (written.map != kNoObject) MapOracle::check_failed_write(table.inspect(written.map));
    verify();
    check_quickly(written);
    table.for_each_live(families_.environment.walk(), [&](ObjectId object_id, const MapRecord& record) {
      MapJudge(families_.environment).check_entries(record, table.inspect(object_id));
    });
  } catch (const Failure& failure) {
    throw Failure{"G7", "after a failed allocation: " + failure.oracle + ": " + failure.detail};
  }
}

}  // namespace gcmap::harness
