#include "harness/interpreter.h"

#include <algorithm>
#include <memory>
#include <new>

#include "gcmap/observe.h"
#include "harness/failure.h"
#include "harness/world.h"

namespace gcmap::harness {
namespace {

using std::to_string;

std::string in_words(std::optional<uint64_t> value) { return value ? to_string(*value) : "absent"; }

class Interpreter {
 public:
  Interpreter(const Program& program, const RunOptions& options)
      : program_(program), options_(options), world_(program.config, options.oracles) {}

  // Runs to the end or to the first Failure; `position` tells how far.
  void run(size_t& position) {
    const size_t end = std::min(options_.until, program_.operations.size());
    for (position = 0; position < end; ++position) {
      if (options_.progress != nullptr) *options_.progress = static_cast<uint32_t>(position);
      const Operation& operation = program_.operations[position];
      if (options_.observer != nullptr) options_.observer->before(position, operation);
      answer_.clear();
      const uint32_t cadence = program_.config.cadence;
      due_ = options_.oracles && cadence != 0 && (position + 1) % cadence == 0;
      execute(operation);
      world_.check_quickly();
      if (due_) world_.verify();
      if (options_.observer != nullptr) options_.observer->after(position, operation, answer_);
    }
    position = program_.operations.size();
    if (options_.progress != nullptr) *options_.progress = static_cast<uint32_t>(position);
    if (options_.inspect_maps_at_end) inspect_maps();
    world_.add_to(digest_);
    world_.check_at_end();
  }

  uint64_t digest() const { return digest_.value(); }
  uint64_t cycles() const { return world_.cycles().cycles(); }
  uint64_t growths() const { return growths_; }

 private:
  void inspect_maps() {
    for (size_t i = 0; i < kMaps; ++i) {
      if (world_.map(i).subject != nullptr) options_.inspect_maps_at_end(i, world_.map(i).subject->inspect());
    }
  }

  void execute(const Operation& operation) {
    switch (operation.kind) {
      case OpKind::kNop:
        return;
#define OP(number, kind, text, weight, operands, doc) \
  case OpKind::kind:                                  \
    return do_##kind(operation);
#include "harness/op.def"
#undef OP
    }
  }

  bool talking() const { return options_.observer != nullptr; }

  // Adds to the digest and, if anybody reads it, to the answer.
  void answer(uint64_t number) { digest_.add(number); }
  void say(const std::string& words) {
    if (!answer_.empty()) answer_ += ", ";
    answer_ += words;
  }
  void describe(size_t map) {
    if (!talking() || world_.map(map).subject == nullptr) return;
    const MapInspector inspector = world_.map(map).subject->inspect();
    say("m" + to_string(map) + ": " + gcmap::describe(inspector.state()));
    if (options_.dump) answer_ += "\n" + draw(inspector, draw_u64_entry, "      ");
  }

  bool growing(size_t map) const {
    return world_.map(map).subject != nullptr && world_.map(map).subject->inspect().state().growth != 0;
  }

  // One write: counts growths begun.
  template <typename Write>
  auto write(size_t map, Write&& write) {
    const bool before = growing(map);
    const auto result = write();
    if (!before && growing(map)) ++growths_;
    answer(static_cast<uint64_t>(result));
    return result;
  }

  void do_kMake(const Operation& op) {
    world_.make(op.a, op.c);
    describe(op.a);
  }
  void do_kDrop(const Operation& op) { world_.drop(op.a); }

  void do_kPut(const Operation& op) {
    const bool inserted = write(op.a, [&] { return world_.put(op.a, op.c, op.d); });
    if (talking()) say(inserted ? "inserted" : "overwritten");
    describe(op.a);
  }
  void do_kInsert(const Operation& op) {
    const bool inserted = write(op.a, [&] { return world_.insert(op.a, op.c, op.d); });
    if (talking()) say(inserted ? "inserted" : "present");
    describe(op.a);
  }
  void do_kIncrement(const Operation& op) {
    const uint64_t value = write(op.a, [&] { return world_.increment(op.a, op.c, op.d); });
    if (talking()) say("now " + to_string(value));
    describe(op.a);
  }
  void do_kGet(const Operation& op) {
    const auto value = world_.get(op.a, op.c, due_);
    answer(value ? *value + 1 : 0);
    if (talking()) say(in_words(value));
  }
  void do_kErase(const Operation& op) {
    const bool erased = write(op.a, [&] { return world_.erase(op.a, op.c); });
    if (talking()) say(erased ? "erased" : "absent");
    describe(op.a);
  }
  void do_kClear(const Operation& op) {
    world_.clear(op.a);
    describe(op.a);
  }

  void do_kPutRun(const Operation& op) {
    uint64_t inserted = 0;
    for (uint32_t i = 0; i < op.b; ++i) {
      inserted += write(op.a, [&] { return world_.put(op.a, op.c + i, op.d + i); });
    }
    if (talking()) say(to_string(inserted) + " inserted");
    describe(op.a);
  }
  void do_kEraseRun(const Operation& op) {
    uint64_t erased = 0;
    for (uint32_t i = 0; i < op.b; ++i) {
      erased += write(op.a, [&] { return world_.erase(op.a, op.c + i); });
    }
    if (talking()) say(to_string(erased) + " erased");
    describe(op.a);
  }
  void do_kGetRun(const Operation& op) {
    uint64_t found = 0;
    for (uint32_t i = 0; i < op.b; ++i) {
      const auto value = world_.get(op.a, op.c + i, i == 0 && due_);
      answer(value ? *value + 1 : 0);
      found += value.has_value();
    }
    if (talking()) say(to_string(found) + " found");
  }

  void do_kIterate(const Operation& op) {
    world_.iterate(op.a, op.b, {op.c, static_cast<uint32_t>(op.d)});
    describe(op.a);
  }
  void do_kAdvance(const Operation& op) {
    for (uint32_t i = 0; i < op.b; ++i) {
      const auto entry = world_.advance(op.a);
      if (!entry) {
        if (talking()) say("end");
        return;
      }
      answer(entry->first);
      answer(entry->second);
      if (talking()) say(to_string(entry->first) + ":" + to_string(entry->second));
    }
  }
  void do_kStop(const Operation& op) { world_.stop(op.a); }

  void do_kSetHash(const Operation& op) {
    const bool set = world_.set_hash(op.c, op.d);
    answer(set);
    if (talking() && !set) say("ignored: a map holds the key or an iterator runs");
  }

  void do_kStart(const Operation&) { step_answer(Stepper(world_.heap()).start()); }
  void do_kMark(const Operation& op) { step_answer(Stepper(world_.heap()).mark(op.b)); }
  void do_kTerminate(const Operation&) { step_answer(Stepper(world_.heap()).terminate()); }
  void do_kSweep(const Operation& op) { step_answer(Stepper(world_.heap()).sweep(op.b)); }
  void do_kCollect(const Operation&) {
    world_.heap().collect();
    step_answer(true);
  }
  void step_answer(bool done) {
    answer(done);
    if (talking()) say(gcmap::describe(world_.heap()));
  }

  void do_kVerify(const Operation&) {
    if (options_.oracles) world_.verify();
  }

  const Program& program_;
  const RunOptions& options_;
  World world_;
  Digest digest_;
  std::string answer_;
  uint64_t growths_ = 0;
  bool due_ = false;  // whole structures, and every byte around a look-up, are compared at this operation
};

}  // namespace

Verdict run(const Program& program, const RunOptions& options, RunStats* stats) {
  Verdict verdict;
  size_t position = 0;
  const auto interpreter = std::make_unique<Interpreter>(program, options);
  try {
    interpreter->run(position);
    verdict.digest = interpreter->digest();
  } catch (const Failure& failure) {
    verdict.kind = VerdictKind::kBug;
    verdict.oracle = failure.oracle;
    verdict.detail = failure.detail;
  } catch (const WorkBudgetExceeded&) {
    verdict.kind = VerdictKind::kHang;
    verdict.oracle = "HANG";
    verdict.detail = "more than " + to_string(ProgramHasher::kHashesMax) + " hashes were asked for";
  } catch (const std::bad_alloc&) {
    verdict.kind = VerdictKind::kMisuse;
    verdict.detail = "out of memory";
  }
  verdict.operation = position;
  if (position < program.operations.size()) verdict.op = program.operations[position].kind;
  if (stats != nullptr) *stats = {position, interpreter->growths(), interpreter->cycles()};
  return verdict;
}

}  // namespace gcmap::harness
