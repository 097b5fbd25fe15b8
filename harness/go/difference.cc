// Tables and dumps for what a replay reports (replay.h).
#include "harness/go/difference.h"

#include <algorithm>
#include <vector>

#include "harness/go/state.h"

namespace gcmap::harness {

namespace {

constexpr size_t kChainsShown = 6;

struct ArrayDump {
  const char* name;
  MapArray array;
  std::vector<std::string_view> chains;
};

// The chains of an F line, present array first.
std::vector<ArrayDump> arrays_of(std::string_view dump) {
  std::vector<ArrayDump> arrays{{"present", MapArray::kPresent, {}}, {"old", MapArray::kOld, {}}};
  size_t current = 0;
  dump.remove_prefix(1);  // the tag
  while (!dump.empty()) {
    dump.remove_prefix(1);  // the space
    const size_t end = std::min(dump.find(' '), dump.size());
    const std::string_view field = dump.substr(0, end);
    if (field == "/") {
      current = 1;
    } else {
      arrays[current].chains.push_back(field);
    }
    dump.remove_prefix(end);
  }
  return arrays;
}

std::string padded(std::string text, size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

std::string chain_title(const char* array, uint64_t chain) {
  return "  chain " + std::to_string(chain) + " of the " + array + " array\n";
}

}  // namespace

std::string value_text(std::optional<uint64_t> value) {
  return value ? std::to_string(*value) : "absent";
}

std::string yield_text(const GoYield& yield) {
  return yield.end ? "the end" : std::to_string(yield.id) + ":" + std::to_string(yield.value);
}

std::string state_table(const GoState& recorded, const GoState& actual) {
  constexpr size_t kNameWidth = 12;
  constexpr size_t kValueWidth = 18;
  std::string text = "  " + padded("field", kNameWidth) + padded("recorded", kValueWidth) + "map\n";
  const auto row = [&](const char* name, const std::string& left, const std::string& right) {
    text +=
        (left == right ? "  " : "* ") + padded(name, kNameWidth) + padded(left, kValueWidth) + right + "\n";
  };
#define GCMAP_ROW(member, name, is_hexadecimal)                                                \
  row(name, (is_hexadecimal) ? hexadecimal(recorded.member) : std::to_string(recorded.member), \
      (is_hexadecimal) ? hexadecimal(actual.member) : std::to_string(actual.member));
  GCMAP_GO_STATE_FIELDS(GCMAP_ROW)
#undef GCMAP_ROW
  return text;
}

std::string differing_fields(const GoState& recorded, const GoState& actual) {
  std::string names;
#define GCMAP_COMPARE(member, name, is_hexadecimal) \
  if (recorded.member != actual.member) names += names.empty() ? name : ", " name;
  GCMAP_GO_STATE_FIELDS(GCMAP_COMPARE)
#undef GCMAP_COMPARE
  return names;
}

std::string dump_difference(std::string_view dump, const GoMap& map) {
  std::string text;
  size_t differing = 0;
  for (const ArrayDump& recorded : arrays_of(dump)) {
    const uint64_t actual_chains = map.map.chains(recorded.array);
    const uint64_t chains = std::max<uint64_t>(recorded.chains.size(), actual_chains);
    for (uint64_t chain = 0; chain < chains; ++chain) {
      const std::string left(chain < recorded.chains.size() ? recorded.chains[chain] : "none");
      const std::string right = chain < actual_chains ? go_chain(map, recorded.array, chain) : "none";
      if (left == right || ++differing > kChainsShown) continue;
      text += chain_title(recorded.name, chain) + "*   recorded " + left + "\n*   map      " + right + "\n";
    }
  }
  if (differing > kChainsShown)
    text += "  and " + std::to_string(differing - kChainsShown) + " more chains\n";
  return text;
}

std::string chains_of_hash(const GoMap& map, uint64_t hash) {
  std::string text;
  for (const auto& [name, array] :
       {std::pair{"present", MapArray::kPresent}, std::pair{"old", MapArray::kOld}}) {
    const uint64_t chains = map.map.chains(array);
    if (chains == 0) continue;
    const uint64_t chain = hash & (chains - 1);
    text += chain_title(name, chain) + "    map      " + go_chain(map, array, chain) + "\n";
  }
  return text;
}

}  // namespace gcmap::harness
