#include "harness/report/states.h"

#include <algorithm>

#include "harness/program/codec_text.h"
#include "harness/program/map_kind.h"
#include "harness/report/json_text.h"
#include "harness/report/mention.h"
#include "harness/report/state_writer.h"
#include "harness/run/child.h"

namespace gcmap::harness {
namespace {

constexpr uint64_t kVersion = 1;

constexpr const char* kKindNames[] = {
#define KIND(constant, text, doc) text,
#include "harness/program/map_kind.def"
#undef KIND
};

// In one piece, so that a line is there whole or not at all.
void put_line(const std::string& line, std::FILE* out) {
  const std::string whole = line + '\n';
  std::fwrite(whole.data(), 1, whole.size(), out);
  std::fflush(out);
}

// Where the program ends: at its last operation, or at the one that failed.
size_t operations_until_the_end(const Program& program, const ChildOptions& options, Verdict& verdict) {
  verdict = run_in_child(program, options);
  return std::min(verdict.operation + 1, program.operations.size());
}

std::string head_of(const Program& program, size_t from) {
  JsonText json;
  json.begin_object().key("format").string("gcmap states").key("version").number(kVersion);
  json.key("config").string(print(program.config)).key("kind").number(program.config.kind);
  json.key("kinds").begin_array();
  for (const char* const name : kKindNames) json.string(name);
  json.end_array().key("operations").begin_array();
  for (const Operation& operation : program.operations) json.string(print(operation));
  return json.end_array().key("from").number(from).end_object().text();
}

std::string verdict_line(const Verdict& verdict) {
  JsonText json;
  json.begin_object().key("verdict").string(name_of(verdict.kind));
  json.key("operation").number(verdict.operation);
  if (verdict.failed())
    json.key("signature").string(verdict.signature()).key("oracle").string(verdict.oracle);
  if (!verdict.detail.empty()) json.key("detail").string(verdict.detail);
  if (!verdict.frame.empty()) json.key("frame").string(verdict.frame);
  json.key("mentions");
  write(mentions_in(verdict.detail), json);
  return json.end_object().text();
}

}  // namespace

Verdict write_states(const Program& program, const StatesOptions& options, std::FILE* out) {
  ChildOptions child;
  child.cpu_ms_max = options.cpu_ms_max;
  size_t from = 0;
  if (program.operations.size() > options.states_max) {
    Verdict verdict;
    const size_t end = operations_until_the_end(program, child, verdict);
    if (verdict.kind == VerdictKind::kEnvironment) return verdict;
    from = end - std::min(end, options.states_max);
  }
  put_line(head_of(program, from), out);
  StateWriter writer(from, [out](const std::string& line) { put_line(line, out); });
  child.run.observer = &writer;
  const Verdict verdict = run_in_child(program, child);
  put_line(verdict_line(verdict), out);
  return verdict;
}

}  // namespace gcmap::harness
