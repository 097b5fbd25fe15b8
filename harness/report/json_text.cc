#include "harness/report/json_text.h"

#include "harness/program/repeat.h"

namespace gcmap::harness {

// What begins needs a comma unless it comes first, or behind a key.
void JsonText::separate() {
  if (text_.empty()) return;
  const char last = text_.back();
  if (last != '{' && last != '[' && last != ':') text_ += ',';
}

JsonText& JsonText::open(char bracket) {
  separate();
  text_ += bracket;
  return *this;
}

JsonText& JsonText::close(char bracket) {
  text_ += bracket;
  return *this;
}

JsonText& JsonText::key(std::string_view name) {
  string(name);
  text_ += ':';
  return *this;
}

JsonText& JsonText::number(uint64_t value) {
  const std::string digits = std::to_string(value);
  return value <= kExactMax ? raw(digits) : string(digits);
}

JsonText& JsonText::string(std::string_view text) {
  separate();
  text_ += '"';
  for (const char c : printable(text)) {
    if (c == '"' || c == '\\') text_ += '\\';
    text_ += c;
  }
  text_ += '"';
  return *this;
}

JsonText& JsonText::raw(std::string_view text) {
  separate();
  text_ += text;
  return *this;
}

}  // namespace gcmap::harness
