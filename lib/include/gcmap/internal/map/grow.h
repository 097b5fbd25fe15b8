// Growth: when the arrays grow or shrink, and how entries move, a chain at a time.
//
// A growth is begun by an insert - or, where a map may shrink, by an erase -, carried on by every write and
// ended by the write that evacuates the last old chain. Evacuating a chain is all or none:
//   1. hash every entry of the chain (may throw; nothing has changed),
//   2. reserve the overflow buckets both targets will need (may throw, may run the collector),
//   3. move everything (cannot throw); the collector may run after every entry.
//
// Entries of old chain i go to chain i ("X") or, when doubling and the hash has the bit 2^old_b, to chain
// i + 2^old_b ("Y"), in chain order, into slots filled from 0. The old slot keeps its key and value and
// gets mark 2 or 3, so that iterators on the old array can look the key up again; empty slots get 4. When
// halving, old chains i and i + 2^b go to chain i together, and nothing need be hashed.
//
// In a scanned map the old slot would keep a key alive that is erased meanwhile, and its value. Once moved, a
// chain that no iterator can be walking is wiped: its head loses its overflow buckets, and every bucket its
// keys and values; the marks stay. Who may be walking it: iterators on the old array (flag 2), and those that
// have borrowed chains of it since the growth began (old_borrowed).
//
// Invariants: M6 (all or none; chains below nevacuate are evacuated), M7 (sizes), M15 (growth ends
// within 2^old_b writes, since each write evacuates chain nevacuate), M19 (and one more chain, its own).
//
// Relied on by: find (an unevacuated old chain holds all entries of its hash range, the new chains it
// feeds none), iterators (slots never move inside an array, marks are durable).
// Source: Go 1.19 runtime/map.go (hashGrow, growWork, evacuate).
#pragma once

#include <cstdint>

#include "gcmap/internal/map/layout.h"

namespace gcmap {

// Gives a map without entries an array of 2^b buckets in place of those it has.
// Requires: rooted.
// Errors: std::bad_alloc, nothing changed.
void make_array(MapHeader& map, const MapType& type, uint8_t b);

// Does inserting one more entry call for a growth?
bool must_grow(const MapHeader& map);

// Begins a growth: doubling if the load calls for it, else of the same size.
// Requires: rooted, not growing.
// Errors: std::bad_alloc, nothing changed.
void begin_growth(MapHeader& map, const MapType& type);

// Does erasing one entry call for halving?
// Requires: the map may shrink, and has entries.
bool must_halve(const MapHeader& map);

// The same to a given size: twice, once or half the present one.
// Requires and errors as above.
void begin_doubling(MapHeader& map, const MapType& type);
void begin_same_size(MapHeader& map, const MapType& type);
void begin_halving(MapHeader& map, const MapType& type);

// The share of growth a write to present chain `chain` owes: its old chain and the next unevacuated one.
// Requires: rooted, growing.
// Errors: std::bad_alloc or what the hash throws; no chain is half moved.
void growth_work(MapHeader& map, const MapType& type, uint64_t chain);

// Ends the growth in progress, if any.
// Requires and errors as above.
// Cost: O(buckets).
void finish_growth(MapHeader& map, const MapType& type);

// Lets go of the arrays.
// Requires: no entries.
void drop_arrays(MapHeader& map);

}  // namespace gcmap
