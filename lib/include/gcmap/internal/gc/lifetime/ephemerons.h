// Ephemerons: values that live as long as their keys do, and a table of them.
//
// The ephemeron rule (Hayes 1997): a value is reachable through the table if its key is reachable by a path
// that does not lead through the value - so a value that leads to its own key keeps neither alive.
//
// Layout: inverted. The entry is a special of its *key*; the table is a list of its entries and lives outside
// the heap, as roots do. The marker comes to the values by scanning the key: when it scans an object whose
// span has specials it shades the values of that object's ephemerons. So the rule holds by construction, in
// time linear in what is reachable, where tables that are traced as objects need rounds over all of them
// until nothing new is found.
//
//   table -> entry <-> entry <-> entry           key --specials--> entry --> value
//
// An entry whose key is dead disappears with it, at the sweep of the key's span; until then it is
// passed over.
//
// Barrier. The value of an entry is a slot the program writes: new and old values are shaded while marking,
// as in write_barrier.h.
#pragma once

#include <cstdint>

#include "gcmap/internal/base/intrusive_list.h"
#include "gcmap/internal/gc/lifetime/specials.h"

namespace gcmap {

class EphemeronTable;
class Heap;

struct Ephemeron : Special, ListLink<Ephemeron> {
  Ephemeron(EphemeronTable& owner, void* first_value)
      : Special(Kind::kEphemeron), table(owner), value(first_value) {}
  EphemeronTable& table;
  void* value;
};

class EphemeronTable {
 public:
  explicit EphemeronTable(Heap& heap);
  ~EphemeronTable();
  EphemeronTable(const EphemeronTable&) = delete;
  EphemeronTable& operator=(const EphemeronTable&) = delete;

  // The value of `key`, which is the start of a live object; null when it has none.
  // Cost: O(specials of the key).
  void* find(const void* key) const;

  // Sets it, to what is not null.
  // Requires: as find.
  // Returns whether the entry is new.
  // Errors: std::bad_alloc, then nothing changed.
  bool set(void* key, void* value);

  // Returns whether there was one.
  bool erase(const void* key) noexcept;
  void clear() noexcept;

  // Entries whose key is alive.
  // Cost: O(1) unless the heap is sweeping: then O(entries).
  uint64_t size() const;

  // The sweeper found the key of `entry` dead.
  void forget(Ephemeron& entry) noexcept;

  // A loop over entries with live keys, oldest first; any number at once. It survives every change: an entry
  // added meanwhile is met, one removed meanwhile is not. What it stands on is the caller's to root before
  // anything else happens.
  class Loop : public ListLink<Loop> {
   public:
    explicit Loop(EphemeronTable& table);
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    // Steps to the next entry.
    // Returns false at the end: of what there is by then.
    bool next();
    void* key() const { return key_; }
    void* value() const { return value_; }

   private:
    friend class EphemeronTable;
    EphemeronTable& table_;
    Ephemeron* next_;  // null: none yet; the next one added will be it
    void* key_ = nullptr;
    void* value_ = nullptr;
  };

 private:
  Ephemeron* entry_of(const void* key) const;
  bool is_live(const Ephemeron& entry) const;

  Heap& heap_;
  Specials& specials_;
  IntrusiveList<Ephemeron> entries_;
  IntrusiveList<Loop> loops_;
  uint64_t count_ = 0;
};

}  // namespace gcmap
