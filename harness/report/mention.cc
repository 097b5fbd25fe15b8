#include "harness/report/mention.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>

namespace gcmap::harness {
namespace {

// Words of a text from left to right, read with one step of look-ahead.
class Words {
 public:
  explicit Words(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }

  // Passes over `word` if it is next and ends there.
  bool take(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  // " 17", or what `base` has for it.
  std::optional<uint64_t> take_number(int base = 10) {
    uint64_t number = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), number, base);
    if (error != std::errc()) return std::nullopt;
    rest_.remove_prefix(static_cast<size_t>(end - rest_.data()));
    return number;
  }
  std::optional<uint64_t> take_named(std::string_view name) {
    const std::string_view before = rest_;
    if (take(name)) {
      if (const auto number = take_number()) return number;
    }
    rest_ = before;
    return std::nullopt;
  }
  void pass_parenthesis() {
    if (rest_.starts_with(" (")) rest_.remove_prefix(std::min(rest_.find(')'), rest_.size() - 1) + 1);
  }
  // To the beginning of the next word.
  void pass_word() {
    const auto is_letter = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    size_t i = 0;
    while (i < rest_.size() && is_letter(rest_[i])) ++i;
    while (i < rest_.size() && !is_letter(rest_[i])) ++i;
    rest_.remove_prefix(i);
  }

 private:
  std::string_view rest_;
};

struct Name {
  std::string_view text;
  Mention::Of of;
};
constexpr Name kNames[] = {
    {"map ", Mention::Of::kMap},           {"old bucket ", Mention::Of::kOldBucket},
    {"bucket ", Mention::Of::kBucket},     {"key ", Mention::Of::kKey},
    {"object ", Mention::Of::kObject},     {"heap offset ", Mention::Of::kHeapOffset},
    {"span at page ", Mention::Of::kSpan},
};

std::optional<Mention> take_mention(Words& words) {
  if (words.take("heap+")) {
    const auto offset = words.take("0x") ? words.take_number(16) : words.take_number();
    return offset ? std::optional(Mention{Mention::Of::kHeapOffset, *offset}) : std::nullopt;
  }
  for (const Name& name : kNames) {
    const auto number = words.take_named(name.text);
    if (!number) continue;
    Mention mention{name.of, *number};
    if (name.of == Mention::Of::kSpan) words.pass_parenthesis();
    const bool has_slots = name.of == Mention::Of::kBucket || name.of == Mention::Of::kOldBucket ||
                           name.of == Mention::Of::kSpan;
    if (has_slots) {
      mention.overflow = words.take_named(" overflow ").value_or(0);
      mention.slot = words.take_named(" slot ").value_or(Mention::kNone);
    }
    return mention;
  }
  return std::nullopt;
}

const char* key_of(Mention::Of of) {
  switch (of) {
    case Mention::Of::kMap:
      return "map";
    case Mention::Of::kBucket:
      return "bucket";
    case Mention::Of::kOldBucket:
      return "old_bucket";
    case Mention::Of::kKey:
      return "key";
    case Mention::Of::kObject:
      return "object";
    case Mention::Of::kHeapOffset:
      return "offset";
    case Mention::Of::kSpan:
      return "page";
  }
  return "";
}

}  // namespace

std::vector<Mention> mentions_in(std::string_view text) {
  std::vector<Mention> mentions;
  for (Words words(text); !words.at_end();) {
    if (const auto mention = take_mention(words)) {
      mentions.push_back(*mention);
    } else {
      words.pass_word();
    }
  }
  return mentions;
}

void write(const std::vector<Mention>& mentions, JsonText& json) {
  json.begin_array();
  for (const Mention& mention : mentions) {
    json.begin_object().key(key_of(mention.of)).number(mention.number);
    const bool bucket = mention.of == Mention::Of::kBucket || mention.of == Mention::Of::kOldBucket;
    if (bucket) json.key("overflow").number(mention.overflow);
    if (mention.slot != Mention::kNone) json.key("slot").number(mention.slot);
    json.end_object();
  }
  json.end_array();
}

}  // namespace gcmap::harness
