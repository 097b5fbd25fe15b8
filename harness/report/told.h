// Told: what has been said of each of many things, so that only what is new is said again.
//
//   Told spans("spans", "spans_gone");
//   spans.tell(page, "{...}", json);   // for each that is there
//   spans.end(json);                   // writes "spans": those that are new, "spans_gone": those that left
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "harness/report/json_text.h"

namespace gcmap::harness {

class Told {
 public:
  Told(const char* name, const char* name_gone) : name_(name), name_gone_(name_gone) {}

  // The thing `id` is there, and `json` describes it.
  void tell(uint64_t id, std::string json) {
    auto& [said, round] = things_[id];
    if (said != json) changed_.push_back(json);
    said = std::move(json);
    round = round_;
  }

  // All that are there were told of: writes what is new as members of the object that is open in `line`.
  void end(JsonText& line) {
    if (!changed_.empty()) {
      line.key(name_).begin_array();
      for (const std::string& json : changed_) line.raw(json);
      line.end_array();
    }
    changed_.clear();
    write_gone(line);
    ++round_;
  }

 private:
  struct Thing {
    std::string said;
    uint64_t round = 0;
  };

  void write_gone(JsonText& line) {
    bool any = false;
    for (auto thing = things_.begin(); thing != things_.end();) {
      if (thing->second.round == round_) {
        ++thing;
        continue;
      }
      if (!any) line.key(name_gone_).begin_array();
      any = true;
      line.number(thing->first);
      thing = things_.erase(thing);
    }
    if (any) line.end_array();
  }

  const char* const name_;
  const char* const name_gone_;
  std::map<uint64_t, Thing> things_;
  std::vector<std::string> changed_;
  uint64_t round_ = 1;
};

}  // namespace gcmap::harness
