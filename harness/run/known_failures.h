// Failures that are known already: a fuzz process counts them, keeps the smallest programs and goes on.
//
// The known ones are lines of a file, a signature each (known_signature() in harness/program/verdict.h);
// blank lines and those that begin with '#' say nothing. Of each signature the kKnownKept smallest programs
// are kept in binary form, as <folder>/<signature, other than letters and digits as '-'>/<bytes>-<hash>.bin.
//
// Not here: failures that end the process; those are known by whoever starts it again (tools/dev/known.py).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>

namespace gcmap::harness {

inline constexpr size_t kKnownKept = 5;

class KnownFailures {
 public:
  // Nothing is known if the file is not there. `folder` is made when it is needed; a program that cannot be
  // written is counted all the same.
  KnownFailures(const std::string& file, std::string folder);

  // Whether the failure is a known one. If so it is counted, and its program is kept if it is small.
  bool take(const std::string& signature, std::span<const uint8_t> program);

  // "gcmap-known count=12 smallest=34 M3@put u64", a line per signature that was met.
  std::string lines() const;
  // Such a line as often as its count has doubled: what is known of a process that is killed.
  // Empty otherwise.
  std::string news(const std::string& signature) const;

 private:
  struct Met {
    uint64_t count = 0;
    std::multimap<size_t, std::string> kept;  // bytes: path
  };
  void keep(const std::string& signature, Met& met, std::span<const uint8_t> program) const;

  std::string folder_;
  std::map<std::string, Met> known_;
};

}  // namespace gcmap::harness
