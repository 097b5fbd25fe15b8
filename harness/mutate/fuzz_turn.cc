// The two bounds of a turn.
#include "harness/mutate/fuzz_turn.h"

#include <cstdlib>

namespace gcmap::harness {
namespace {

double seconds_of(const char* variable) {
  const char* const text = std::getenv(variable);
  char* end = nullptr;
  const double seconds = text == nullptr ? 0 : std::strtod(text, &end);
  const bool is_number = seconds > 0 && *end == '\0';
  return is_number ? seconds : std::numeric_limits<double>::infinity();
}

}  // namespace

bool FuzzTurn::may_load(double now) const {
  if (fuzzing()) return reloaded_seconds_ <= kReloadShareMax * (now - *fuzzing_since_);
  return now - *loading_since_ <= limits_.loading_seconds;
}

void FuzzTurn::end_reload(double now) {
  if (reloading_since_) reloaded_seconds_ += now - *reloading_since_;
  reloading_since_.reset();
}

bool FuzzTurn::begin(double now) {
  end_reload(now);
  if (is_mutation_) {
    is_mutation_ = false;
    ++mutated_;
    return true;
  }
  if (!loading_since_) loading_since_ = now;
  if (!may_load(now)) {
    ++skipped_;
    return false;
  }
  if (fuzzing()) reloading_since_ = now;
  ++loaded_;
  return true;
}

bool FuzzTurn::over(double now) {
  end_reload(now);
  if (!fuzzing_since_) fuzzing_since_ = now;
  return mutated_ >= limits_.mutated_max || now - *fuzzing_since_ > limits_.fuzzing_seconds;
}

std::string FuzzTurn::loading_line() const {
  return "gcmap-loading loaded=" + std::to_string(loaded_) + " skipped=" + std::to_string(skipped_) + "\n";
}

std::string FuzzTurn::line() const {
  return "gcmap-turn loaded=" + std::to_string(loaded_) + " skipped=" + std::to_string(skipped_) +
         " mutated=" + std::to_string(mutated_) + "\n";
}

FuzzLimits limits_of_environment() {
  FuzzLimits limits;
  limits.loading_seconds = seconds_of("GCMAP_LOADING_SECONDS");
  limits.fuzzing_seconds = seconds_of("GCMAP_FUZZING_SECONDS");
  if (const char* const text = std::getenv("GCMAP_MUTATED_MAX")) {
    if (const uint64_t most = std::strtoull(text, nullptr, 10)) limits.mutated_max = most;
  }
  return limits;
}

}  // namespace gcmap::harness
