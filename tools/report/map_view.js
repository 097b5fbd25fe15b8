// MapView: the maps of a state, a card each: what the header says, then every array.
//
// At most CARDS_MAX maps are drawn in full, those first in which something is to be seen; of arrays with more
// than WHOLE_MAX chains an overview and a window are.

import { element, counted, grouped } from "./dom.js";
import { BucketGrid } from "./bucket_grid.js";
import { Overview, WINDOW } from "./overview.js";
import { WHOLE_BUCKET } from "./recording.js";

const CARDS_MAX = 4;
const WHOLE_MAX = 16;
const GROWTHS = ["not growing", "doubling", "growing at the same size", "halving"];
const FLAGS = ["iterator", "old iterator", "writing", "same-size growth", "halving"];

export class MapView {
  // `actions`: {select(bucket, slot), choose(base, chain)}.
  constructor(recording, failure, actions) {
    Object.assign(this, { recording, failure, actions });
    this.windows = new Map(); // base of an array: the first chain of its window, where the user chose one
    this.opened = new Set();  // ids of maps that are drawn in full because the user asked
  }

  // Forgets what was chosen: another step shows what it changed.
  forget() {
    this.windows.clear();
  }

  draw(position, selected) {
    this.position = position;
    this.state = position.state;
    this.marked = {
      failing: position === this.recording.positions[this.recording.failure],
      failure: this.failure,
      standing: this.#standing(),
      selected,
    };
    const maps = this.recording.all("maps", this.state).map(([, map]) => map);
    const ranked = [...maps].sort((a, b) => this.#rank(b) - this.#rank(a) || a.id - b.id);
    const full = new Set(ranked.slice(0, CARDS_MAX).map((map) => map.id));
    return [
      element("h2", {}, maps.length === 1 ? "Map" : `Maps`, maps.length === 0 ? element("small", {}, " none") : ""),
      ...maps.map((map) => (full.has(map.id) || this.opened.has(map.id) ? this.#card(map) : this.#line(map))),
    ];
  }

  // {"bucket.slot": names of the iterators that stand there}
  #standing() {
    const standing = {};
    for (const [name, iterator] of Object.entries(this.recording.iterators.at(this.state) ?? {})) {
      if (!iterator.running || !iterator.bucket) continue;
      (standing[`${iterator.bucket}.${iterator.slot}`] ??= []).push(name);
    }
    return standing;
  }

  // How much of a map is to be seen in this step.
  #rank(map) {
    const failing = this.marked.failing && this.failure.maps?.some(({ id }) => id === map.id);
    const about = this.recording.slotsAbout(this.position).some(([bucket]) => this.#holds(map, bucket));
    return 4 * failing + 2 * about + this.recording.changed("maps", map.id, this.state);
  }

  #holds(map, bucket) {
    return this.recording.arrays(map, this.state).some(({ base, b, bytes }) => bucket >= base && bucket < base + 2 ** b * bytes);
  }

  #title(map) {
    const names = this.recording.namesOf(map.id, this.state);
    const reachable = this.recording.objects.get(map.id)?.at(this.state)?.reachable ?? true;
    return [element("strong", {}, names.length > 0 ? names.join(" = ") : `map #${map.id}`),
            element("span", { class: "muted" }, `${names.length > 0 ? ` #${map.id}` : ""} · ${this.recording.head.kinds[map.kind]}`,
                    reachable ? "" : " · out of the program's reach")];
  }

  #line(map) {
    const open = () => {
      this.opened.add(map.id);
      this.actions.redraw();
    };
    return element("div", { class: "card closed" }, element("button", { class: "word", onclick: open }, "show"), " ",
                   this.#title(map), ` · ${counted(map.count, "entry", "entries")}, B ${map.b}`);
  }

  #card(map) {
    const arrays = this.recording.arrays(map, this.state);
    return element("article", { class: "card", "data-map": map.id },
                   element("header", {}, element("h3", {}, this.#title(map)), this.#facts(map)),
                   this.#iterators(map),
                   arrays.length === 0 ? element("p", { class: "muted" }, "no array yet") : null,
                   element("div", { class: "arrays" }, arrays.map((array) => this.#array(map, array))));
  }

  #facts(map) {
    const before = this.state > this.recording.from ? this.recording.maps.get(map.id).at(this.state - 1) : map;
    const fact = (name, of) => {
      const now = of(map);
      const changed = !before || String(of(before)) !== String(now);
      return element("div", { class: changed ? "changed" : null }, element("dt", {}, name), element("dd", {}, String(now)));
    };
    const flags = ({ flags }) => FLAGS.filter((_, bit) => flags & (1 << bit)).join(", ") || "none";
    return element("dl", { class: "facts" },
                   fact("count", (of) => grouped(of.count)), fact("B", (of) => of.b),
                   fact("growth", (of) => GROWTHS[of.growth]),
                   fact("overflow", (of) => grouped(of.noverflow)), fact("spares", (of) => grouped(of.spares)),
                   fact("flags", flags), fact("clears", (of) => of.clears));
  }

  #iterators(map) {
    const all = Object.entries(this.recording.iterators.at(this.state) ?? {}).filter(([, iterator]) => iterator.map === map.id);
    if (all.length === 0) return null;
    const lines = all.map(([name, iterator]) => element("li", {}, element("strong", {}, name), ` ${this.#walk(iterator)}`));
    return element("ul", { class: "iterators" }, lines);
  }

  #walk({ running, bucket, slot, start, next_chain: next, borrowed, generation }) {
    if (!running) return "has ended";
    const array = ["the present array", "the old array", "an array the map has left"][generation];
    const there = bucket ? this.recording.locate(bucket, this.state) : null;
    let place = "stands before its first bucket";
    if (bucket) {
      const chain = there ? `bucket ${there.chain}${there.overflow ? ` overflow ${there.overflow}` : ""}` : `a bucket at ${bucket}`;
      place = `stands in ${chain}${slot === WHOLE_BUCKET ? "" : ` slot ${slot}`}${borrowed ? ", borrowed from the old array" : ""}`;
    } else if (next !== start) {
      place = `is about to enter bucket ${next}`;
    }
    return `${place} of ${array}; began at bucket ${start}`;
  }

  #array(map, array) {
    const chains = 2 ** array.b;
    const name = { present: "buckets", old: "old buckets", held: `left by the map, held by ${array.holders.join(", ")}` }[array.name];
    const box = element("section", { class: `array ${array.name}`, "data-array": array.name },
                        element("h4", {}, name, element("span", { class: "muted" }, ` ${grouped(chains)}`)));
    if (array.name === "old") box.append(this.#progress(map, array));
    if (chains <= WHOLE_MAX) {
      box.append(this.#grid(array, 0, chains));
      return box;
    }
    const overview = new Overview(this.recording, this.state, {
      fails: (bucket) => this.marked.failing && this.#anySlot(bucket, (slot) => this.failure.isAt(bucket, slot)),
      standing: (bucket) => this.#anySlot(bucket, (slot) => `${bucket}.${slot}` in this.marked.standing),
    }, (of, chain, focus) => this.#choose(of, chain, focus));
    const tallies = overview.chains(array);
    const first = this.windows.get(array.base) ?? aligned(this.#interesting(tallies));
    box.append(element("div", { class: "zoom" }, overview.draw(array, tallies, first),
                       element("div", {}, element("p", { class: "window" }, `chains ${first} to ${first + WINDOW - 1} of ${grouped(chains)}`),
                               this.#grid(array, first, first + WINDOW))));
    return box;
  }

  #grid(array, first, end) {
    return new BucketGrid(this.recording, this.state, this.marked, this.actions.select).draw(array, first, end);
  }

  #anySlot(bucket, holds) {
    for (let slot = 0; slot <= WHOLE_BUCKET; ++slot) if (holds(slot)) return true;
    return false;
  }

  #choose(array, chain, focus) {
    this.windows.set(array.base, aligned(chain));
    this.actions.redraw();
    if (focus) document.querySelector(`[data-array="${array.name}"] canvas.overview`)?.focus();
  }

  // The chain to look at first: one that fails, changed, is stood in, or is selected.
  #interesting(tallies) {
    for (const what of ["failing", "changed", "standing"]) {
      const found = tallies.findIndex((tally) => tally[what]);
      if (found >= 0) return found;
    }
    return 0;
  }

  // nevacuate of an old array, as a bar.
  #progress(map, array) {
    const total = 2 ** (map.growth === 3 ? map.b : array.b);
    const share = (100 * map.nevacuate) / total;
    return element("div", { class: "progress", role: "img", "aria-label": `nevacuate ${map.nevacuate} of ${total}` },
                   element("span", { class: "bar" }, element("span", { style: `width:${share}%` })),
                   `nevacuate ${grouped(map.nevacuate)} of ${grouped(total)}`);
  }
}

function aligned(chain) {
  return chain - (chain % WINDOW);
}
