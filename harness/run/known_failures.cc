// Counting and keeping known failures.
#include "harness/run/known_failures.h"

#include <unistd.h>

#include <bit>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "harness/program/output.h"

namespace gcmap::harness {
namespace {

std::string line_of(const std::string& signature, uint64_t count, size_t smallest) {
  return "gcmap-known count=" + std::to_string(count) + " smallest=" + std::to_string(smallest) + " " +
         signature + "\n";
}

// M3-put-u64 of "M3@put u64"
std::string slug(const std::string& signature) {
  std::string name;
  for (const char c : signature) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0;
    if (plain || (!name.empty() && name.back() != '-')) name += plain ? c : '-';
  }
  return name;
}

// FNV-1a: a name for the same bytes in every process.
uint64_t hash_of(std::span<const uint8_t> bytes) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const uint8_t byte : bytes) hash = (hash ^ byte) * 0x100000001b3;
  return hash;
}

}  // namespace

KnownFailures::KnownFailures(const std::string& file, std::string folder) : folder_(std::move(folder)) {
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    const size_t end = line.find_last_not_of(" \t\r");  // people edit the file
    line.erase(end == std::string::npos ? 0 : end + 1);
    if (!line.empty() && line.front() != '#') known_[line];
  }
}

bool KnownFailures::take(const std::string& signature, std::span<const uint8_t> program) {
  const auto found = known_.find(signature);
  if (found == known_.end()) return false;
  ++found->second.count;
  keep(signature, found->second, program);
  return true;
}

void KnownFailures::keep(const std::string& signature, Met& met, std::span<const uint8_t> program) const {
  const bool full = met.kept.size() >= kKnownKept;
  if (full && program.size() >= met.kept.rbegin()->first) return;
  const std::filesystem::path folder = std::filesystem::path(folder_) / slug(signature);
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  const std::string path =
      folder / (std::to_string(program.size()) + "-" + std::to_string(hash_of(program)) + ".bin");
  for (const auto& [bytes, kept] : met.kept) {
    if (kept == path) return;
  }
  static_cast<void>(write_output(path, {reinterpret_cast<const char*>(program.data()), program.size()}));
  met.kept.emplace(program.size(), path);
  if (!full) return;
  const auto largest = std::prev(met.kept.end());
  ::unlink(largest->second.c_str());
  met.kept.erase(largest);
}

std::string KnownFailures::lines() const {
  std::string all;
  for (const auto& [signature, met] : known_) {
    if (met.count > 0) all += line_of(signature, met.count, met.kept.begin()->first);
  }
  return all;
}

std::string KnownFailures::news(const std::string& signature) const {
  const auto found = known_.find(signature);
  if (found == known_.end() || !std::has_single_bit(found->second.count)) return "";
  return line_of(signature, found->second.count, found->second.kept.begin()->first);
}

}  // namespace gcmap::harness
