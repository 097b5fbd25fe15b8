// What our own layers ask of a map and its users do not: its header, its structure, loops that begin at a
// given place.
//
// A map is known below the typed surface by its header: two handles lead to the same map iff their headers
// are the same. M is a Map, or a Member of one where it says so.
#pragma once

#include "gcmap/internal/map/inspector.h"
#include "gcmap/internal/map/iterate.h"

namespace gcmap {

class MapDoor {
 public:
  // The collected object behind a handle or Member, not rooted by this; null: nil.
  template <typename M>
  static MapHeader* header(const M& map) {
    return map.header();
  }

  // One more handle on the map of `header`; on none if it is null.
  // Requires: header() of a live map of this very kind: K, V, Hash and Equal.
  template <typename M>
  static M from_header(MapHeader* header) {
    return M(typename M::FromHeader{}, header);
  }

  // The structure, read-only, and its verifier.
  // Requires: not nil; a header as from_header.
  template <typename M>
  static MapInspector inspect(const M& map) {
    return inspect<M>(header(map));
  }
  template <typename M>
  static MapInspector inspect(const MapHeader* header) {
    return MapInspector(header, M::Entries::type());
  }

  // A loop that begins at a given place, for runs that must repeat, and the iterator underneath, for callers
  // that step by hand.
  // Requires: not nil.
  template <typename M>
  static typename M::Loop iterate(const M& map, IterationStart start) {
    return typename M::Loop(map.heap(), header(map), start);
  }
  template <typename M>
  static MapIterator iterator_from(const M& map, IterationStart start) {
    return MapIterator(map.heap(), header(map), M::Entries::type(), start);
  }
};

}  // namespace gcmap
