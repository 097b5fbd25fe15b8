// Subject: the one type-erased door through which the harness reaches a map.
//
// Keys are known by ids and values by numbers, whatever the map's own types are; each instantiation
// (subject_<kind>.cc, a translation unit of its own) translates. Hashing goes through a KeyHasher, so
// that a program or a recording decides every hash.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "gcmap/heap.h"
#include "map/inspector.h"

namespace gcmap::harness {

class KeyHasher {
 public:
  virtual uint64_t hash(uint64_t key, uint64_t seed) const = 0;

 protected:
  ~KeyHasher() = default;
};

class SubjectIterator {
 public:
  virtual ~SubjectIterator() = default;
  // The next entry (key id, value), or nothing at the end. Not called again after the end.
  virtual std::optional<std::pair<uint64_t, uint64_t>> next() = 0;
  // Where the iterator's array stands: 0 the map's present array, 1 the old array of the growth in
  // progress, 2 the map has moved on.
  virtual int generation() const = 0;
};

class Subject {
 public:
  virtual ~Subject() = default;
  virtual void put(uint64_t key, uint64_t value) = 0;
  virtual bool insert(uint64_t key, uint64_t value) = 0;  // true if it was absent
  virtual uint64_t increment(uint64_t key, uint64_t delta) = 0;
  virtual std::optional<uint64_t> find(uint64_t key) const = 0;
  virtual bool erase(uint64_t key) = 0;
  virtual void clear() = 0;
  virtual uint64_t size() const = 0;
  // Starts at bucket start.bucket mod 2^B and slot start.offset. The first entry comes with the first next().
  virtual std::unique_ptr<SubjectIterator> iterate(IterationStart start) const = 0;
  virtual MapInspector inspect() const = 0;
};

// Requires: heap and hasher outlive the subject.
std::unique_ptr<Subject> make_u64_subject(Heap& heap, const KeyHasher& hasher, uint64_t hint);

}  // namespace gcmap::harness
