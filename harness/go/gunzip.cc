// Decompression through zlib.
#include "harness/go/gunzip.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <climits>

namespace gcmap::harness {

namespace {

constexpr int kGzipOnly = 15 + 16;  // window bits, plus 16: no zlib or raw data

std::string problem_of(int code, const z_stream& stream) {
  if (code == Z_BUF_ERROR) return "the compressed data ends early";
  if (stream.msg != nullptr) return std::string("the compressed data is damaged (") + stream.msg + ")";
  return "the compressed data cannot be read (zlib error " + std::to_string(code) + ")";
}

}  // namespace

bool is_gzip(std::string_view bytes) {
  return bytes.starts_with("\x1f\x8b");
}

Gunzipped gunzip(std::string_view compressed, size_t bytes_max) {
  Gunzipped result;
  z_stream stream{};
  if (const int code = inflateInit2(&stream, kGzipOnly); code != Z_OK) return {{}, problem_of(code, stream)};
  std::array<unsigned char, 1 << 16> buffer;
  // zlib's interface predates const; it only reads.
  stream.next_in = reinterpret_cast<unsigned char*>(const_cast<char*>(compressed.data()));
  size_t left = compressed.size();
  for (;;) {
    if (stream.avail_in == 0) {
      stream.avail_in = static_cast<uInt>(std::min<size_t>(left, INT_MAX));
      left -= stream.avail_in;
    }
    stream.next_out = buffer.data();
    stream.avail_out = static_cast<uInt>(buffer.size());
    const int code = inflate(&stream, Z_NO_FLUSH);
    result.bytes.append(reinterpret_cast<char*>(buffer.data()), buffer.size() - stream.avail_out);
    if (result.bytes.size() > bytes_max) {
      result.error = "more than " + std::to_string(bytes_max) + " bytes when decompressed";
      break;
    }
    if (code == Z_STREAM_END) {
      if (stream.avail_in == 0 && left == 0) break;
      if (inflateReset(&stream) == Z_OK) continue;  // another member
    }
    if (code != Z_OK) {
      result.error = problem_of(code, stream);
      break;
    }
  }
  inflateEnd(&stream);
  return result;
}

}  // namespace gcmap::harness
