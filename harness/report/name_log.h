// The names of a program and what they stand for, told step by step: maps, roots, and iterators with the
// places where these stand.
#pragma once

#include <string>

#include "harness/report/json_text.h"
#include "harness/report/object_addresses.h"
#include "harness/report/sound_memory.h"
#include "harness/run/families.h"

namespace gcmap::harness {

class NameLog {
 public:
  explicit NameLog(const Families& families) : families_(families) {}

  // Writes "roots" and "iterators", each whole where something in it is new, as members of the open object.
  void tell(const SoundMemory& memory, const ObjectAddresses& addresses, JsonText& json);

 private:
  std::string roots(const ObjectAddresses& addresses) const;
  std::string iterators(const SoundMemory& memory) const;

  const Families& families_;
  std::string roots_;  // as they were told last
  std::string iterators_;
};

}  // namespace gcmap::harness
