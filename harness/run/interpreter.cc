#include "harness/run/interpreter.h"

#include <algorithm>
#include <new>
#include <optional>
#include <system_error>

#include "harness/run/runner.h"

namespace gcmap::harness {
namespace {

void inspect_maps(const Runner& runner, const RunOptions& options) {
  for (size_t i = 0; i < kMaps; ++i) {
    const MapSlot& slot = runner.families().maps.table().slot(MapName(i));
    if (slot.adapter != nullptr) options.inspect_maps_at_end(i, slot.record->kind, slot.adapter->inspect());
  }
}

Verdict run_operations(Runner& runner, const Program& program, const RunOptions& options) {
  const size_t end = std::min(options.until, program.operations.size());
  for (size_t i = 0; i < end; ++i) {
    const Operation& operation = program.operations[i];
    if (options.progress != nullptr) *options.progress = static_cast<uint32_t>(i);
    if (options.observer != nullptr) options.observer->before(i, operation);
    auto failed = runner.step(operation);
    if (options.observer != nullptr) options.observer->after(i, operation, runner.words());
    if (failed) return *std::move(failed);
  }
  if (options.progress != nullptr) *options.progress = static_cast<uint32_t>(program.operations.size());
  if (options.inspect_maps_at_end) inspect_maps(runner, options);
  Verdict verdict = runner.finish();
  verdict.operation = program.operations.size();
  return verdict;
}

}  // namespace

Verdict run(const Program& program, const RunOptions& options, RunStats* stats) {
  std::optional<Runner> made;
  try {
    made.emplace(program.config, options);
  } catch (const std::system_error& error) {  // no address space for the heap
    Verdict verdict;
    verdict.kind = VerdictKind::kEnvironment;
    verdict.detail = error.what();
    return verdict;
  } catch (const std::bad_alloc&) {
    Verdict verdict;
    verdict.kind = VerdictKind::kEnvironment;
    verdict.detail = "no memory to begin with (a limit on virtual memory, as by ulimit -v?)";
    return verdict;
  }
  Runner& runner = *made;
  if (options.observer != nullptr) options.observer->began(runner);
  Verdict verdict = run_operations(runner, program, options);
  if (stats != nullptr) *stats = runner.stats();
  if (options.observer != nullptr) options.observer->finished(runner.stats());
  return verdict;
}

}  // namespace gcmap::harness
