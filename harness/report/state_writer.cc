#include "harness/report/state_writer.h"

#include "harness/report/concern.h"
#include "harness/run/runner.h"

namespace gcmap::harness {

void StateWriter::began(const Runner& runner) {
  logs_.emplace(runner.families());
  if (from_ == 0) write_state(0, nullptr, "");
}

void StateWriter::before(size_t index, const Operation& operation) {
  if (index < from_) return;
  const SoundMemory memory(logs_->families.environment.heap());
  JsonText json;
  json.begin_object().key("before").number(index);
  write_about(operation, memory, ObjectAddresses(logs_->families), json);
  sink_(json.end_object().text());
}

void StateWriter::after(size_t index, const Operation& operation, const std::string& answer) {
  const size_t number = index + 1;
  if (number == from_) write_state(number, nullptr, "");
  if (number > from_) write_state(number, &operation, answer);
}

void StateWriter::write_state(size_t number, const Operation* last, const std::string& answer) {
  const SoundMemory memory(logs_->families.environment.heap());
  const ObjectAddresses addresses(logs_->families);
  JsonText json;
  json.begin_object().key("state").number(number);
  if (last != nullptr) {
    json.key("answer").string(answer);
    write_about(*last, memory, addresses, json);
  }
  logs_->names.tell(memory, addresses, json);
  logs_->maps.tell(memory, addresses, json);
  logs_->heap.tell(memory, addresses, json);
  sink_(json.end_object().text());
}

void StateWriter::write_about(const Operation& operation, const SoundMemory& memory,
                              const ObjectAddresses& addresses, JsonText& json) const {
  const std::vector<SlotPlace> about = slots_concerned(operation, logs_->families, memory, addresses);
  if (about.empty()) return;
  json.key("about").begin_array();
  for (const SlotPlace& place : about) json.begin_array().number(place.bucket).number(place.slot).end_array();
  json.end_array();
}

}  // namespace gcmap::harness
