// JSON text, written from left to right: commas come by themselves.
//
//   JsonText json;
//   json.begin_object().key("state").number(3).key("at").begin_array().number(1).end_array().end_object();
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gcmap::harness {

class JsonText {
 public:
  // The greatest whole number that every reader of JSON keeps exactly.
  static constexpr uint64_t kExactMax = (uint64_t{1} << 53) - 1;

  JsonText& begin_object() { return open('{'); }
  JsonText& end_object() { return close('}'); }
  JsonText& begin_array() { return open('['); }
  JsonText& end_array() { return close(']'); }
  JsonText& key(std::string_view name);
  // Above kExactMax: its digits, as a string.
  JsonText& number(uint64_t value);
  JsonText& boolean(bool value) { return raw(value ? "true" : "false"); }
  JsonText& null() { return raw("null"); }
  // Bytes that are not UTF-8, and control characters, are written as \x1b is (harness/program/repeat.h).
  JsonText& string(std::string_view text);
  // `text` is JSON already.
  JsonText& raw(std::string_view text);

  const std::string& text() const { return text_; }

 private:
  JsonText& open(char bracket);
  JsonText& close(char bracket);
  void separate();

  std::string text_;
};

}  // namespace gcmap::harness
