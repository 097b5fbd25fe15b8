// For tests: worlds of each kind of map, and what their oracles say.
#pragma once

#include <functional>
#include <string>

#include "harness/oracle/failure.h"
#include "harness/program/op.h"

namespace gcmap::harness {

// Worlds of it are verified after every operation.
inline Config config_of(MapKind kind) {
  Config config;
  config.kind = static_cast<uint32_t>(kind);
  config.cadence = 1;
  return config;
}

// The id of the oracle that stopped `body`; empty if none did.
inline std::string oracle_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const Failure& failure) {
    return failure.oracle;
  }
  return "";
}

}  // namespace gcmap::harness
