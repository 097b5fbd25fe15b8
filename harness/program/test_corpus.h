// For tests: the recordings and programs that come with the sources.
#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace gcmap::harness {

inline std::filesystem::path corpus_folder() {
  return GCMAP_CORPUS_DIR;
}

// Full names of the files in a folder of the corpus that end in `extension`, sorted.
inline std::vector<std::string> corpus_files(const char* folder, std::string_view extension) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(corpus_folder() / folder)) {
    if (entry.path().string().ends_with(extension)) files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

inline std::vector<std::string> recordings() {
  return corpus_files("go-traces", ".trace.gz");
}
// Of maps with keys of this kind.
inline std::vector<std::string> recordings_of(const std::string& key) {
  std::vector<std::string> files = recordings();
  std::erase_if(files, [&](const std::string& path) {
    return !std::filesystem::path(path).filename().string().starts_with(key + "-");
  });
  return files;
}

// Names a parameterized test after the file it gets: u64_mixed_101 for ".../u64-mixed-101.trace.gz".
struct NamedAfterFile {
  template <typename Test>
  std::string operator()(const Test& test) const {
    std::string name = std::filesystem::path(test.param).filename().string();
    name.resize(name.find('.'));
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
  }
};

}  // namespace gcmap::harness
