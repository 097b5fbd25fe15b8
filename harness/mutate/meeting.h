// Meetings: operations of two or three kinds on the same names, within few operations, each in a state in
// which it does something.
//
// A bug that two features make together shows in a program of a handful of operations, whose parts come often
// and meet seldom. So kinds are drawn first, whatever they are, and a scene brings them together: the map is
// staged next to a change, iterators run over it, a cycle is open, or none of it.
#pragma once

#include "gcmap/internal/base/random.h"
#include "harness/mutate/forecast.h"
#include "harness/mutate/generate.h"
#include "harness/mutate/scene.h"
#include "harness/program/op.h"

namespace gcmap::harness {

struct MeetingOptions {
  Profile profile = Profile::kMap;
  const KindWeight* kind_weight = nullptr;  // not owned; null: all alike
  bool adapts = false;                      // may the configuration change, so that it suits what is drawn?
};

// Returns the operations of a meeting, for the place in the program that the forecast has reached.
std::vector<Operation> make_meeting(Random& random, Generator& generator, Forecast& forecast, Config& config,
                                    const MeetingOptions& options);

}  // namespace gcmap::harness
