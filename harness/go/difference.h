// Words for the place where a recording of the Go runtime and our map part.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "harness/go/key.h"
#include "harness/go/trace.h"

namespace gcmap::harness {

// "28", or "absent".
std::string value_text(std::optional<uint64_t> value);
// "12:34", or "the end".
std::string yield_text(const GoYield& yield);

// The two states side by side, a line per field, the differing ones marked with '*'.
std::string state_table(const GoState& recorded, const GoState& actual);

// The names of the fields that differ: "B, digest". Empty if none.
std::string differing_fields(const GoState& recorded, const GoState& actual);

// The chains in which a recorded dump and the map differ, a few of them, and how many there are; empty
// if they agree. `dump` is an F line.
std::string dump_difference(std::string_view dump, const GoMap& map);

// The chains of the map a key with this hash can be in.
std::string chains_of_hash(const GoMap& map, uint64_t hash);

}  // namespace gcmap::harness
