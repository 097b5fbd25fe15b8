// Reading files that may be compressed with gzip.
#pragma once

#include <string>
#include <string_view>

namespace gcmap::harness {

struct Gunzipped {
  std::string bytes;  // what could be decompressed
  std::string error;  // empty if that is everything
};

// True if the bytes begin as gzip data does.
bool is_gzip(std::string_view bytes);

// Decompresses gzip data, one member or several. Output beyond `bytes_max` is an error.
Gunzipped gunzip(std::string_view compressed, size_t bytes_max);

}  // namespace gcmap::harness
