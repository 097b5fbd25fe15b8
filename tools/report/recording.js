// Recording: the lines of `gcmap states` (docs/REPORT.md), for questions about any state.
//
// A state is a number of operations done. A *position* is what one can step to: each state, and after the last
// one the operation that never came back, or the checks at the end if they failed.

import { Versions } from "./versions.js";

export const EMPTY_SLOT = { mark: 0, key: null, value: null };
export const WHOLE_BUCKET = 8;

export class Recording {
  constructor(lines) {
    const [head, ...rest] = lines;
    this.head = head;
    this.verdict = rest.at(-1);
    this.from = head.from;
    this.answers = new Map(); // state: what the operation before it answered
    this.about = new Map();   // state: slots that operation is about
    this.before = new Map();  // operation: slots it is about as it begins
    this.maps = new Map();    // id: Versions of the map's line
    this.spans = new Map();   // page
    this.objects = new Map(); // id
    this.roots = new Versions();
    this.iterators = new Versions();
    this.heap = new Versions();
    this.slots = new Map();   // slotKey: Versions of {mark, key, value}
    this.links = new Map();   // bucket: Versions of the next one's offset
    this.changedSlots = new Map(); // state: how many
    this.last = this.from;
    for (const line of rest.slice(0, -1)) this.#read(line);
    this.positions = this.#positions();
  }

  #read(line) {
    if (line.before !== undefined) {
      this.before.set(line.before, line.about ?? []);
      return;
    }
    const state = line.state;
    this.last = state;
    this.answers.set(state, line.answer);
    this.about.set(state, line.about ?? []);
    for (const name of ["roots", "iterators", "heap"]) {
      if (line[name]) this[name].add(state, line[name]);
    }
    this.#readTable("maps", "id", line);
    this.#readTable("spans", "page", line);
    this.#readTable("objects", "id", line);
    let changed = 0;
    for (const bucket of line.buckets ?? []) changed += this.#readBucket(state, bucket);
    this.changedSlots.set(state, changed);
  }

  #readTable(name, id, line) {
    for (const value of line[name] ?? []) versionsOf(this[name], value[id]).add(line.state, value);
    for (const gone of line[`${name}_gone`] ?? []) versionsOf(this[name], gone).add(line.state, null);
  }

  #readBucket(state, [offset, link, ...slots]) {
    if (this.link(offset, state) !== link) versionsOf(this.links, offset).add(state, link);
    for (let i = 0; i < slots.length; i += 4) {
      const [slot, mark, key, value] = slots.slice(i, i + 4);
      versionsOf(this.slots, slotKey(offset, slot)).add(state, { mark, key, value });
    }
    return slots.length / 4;
  }

  #positions() {
    const positions = [];
    for (let state = this.from; state <= this.last; ++state)
      positions.push({ state, operation: state === this.from ? null : state - 1, kind: "state" });
    const { operation } = this.verdict;
    const total = this.head.operations.length;
    if (this.failed && operation >= this.last && operation < total)
      positions.push({ state: this.last, operation, kind: "lost" });
    if (this.failed && operation >= total) positions.push({ state: this.last, operation: null, kind: "end" });
    return positions;
  }

  get failed() {
    return this.verdict.signature !== undefined;
  }

  // The position of the failing operation; -1 if nothing failed.
  get failure() {
    return this.failed ? this.positions.length - 1 : -1;
  }

  // Slots that a position's operation is about.
  slotsAbout({ state, operation, kind }) {
    if (kind === "lost") return this.before.get(operation) ?? [];
    return kind === "end" ? [] : this.about.get(state) ?? [];
  }

  slot(offset, slot, state) {
    return this.slots.get(slotKey(offset, slot))?.at(state) ?? EMPTY_SLOT;
  }
  slotChanged(offset, slot, state) {
    return state !== this.from && (this.slots.get(slotKey(offset, slot))?.changedAt(state) ?? false);
  }
  link(offset, state) {
    return this.links.get(offset)?.at(state) ?? 0;
  }

  // What of a table is there in a state, by id: [[id, value], ...].
  all(table, state) {
    const found = [];
    for (const [id, versions] of this[table]) {
      const value = versions.at(state);
      if (value) found.push([id, value]);
    }
    return found.sort(([a], [b]) => a - b);
  }
  changed(table, id, state) {
    return state !== this.from && (this[table].get(id)?.changedAt(state) ?? false);
  }

  // Names of an object, in the order of the program's: ["m0", "r3"].
  namesOf(id, state) {
    return Object.entries(this.roots.at(state) ?? {}).filter(([, target]) => target === id).map(([name]) => name);
  }

  // The arrays of a map in a state, each {name, base, b, bytes, holders}: the present one, the old one while
  // it grows, and those that only iterators hold.
  arrays(map, state) {
    const found = [];
    const add = (name, base, b) => {
      if (base === null || found.some((array) => array.base === base)) return;
      found.push({ name, base, b, bytes: map.bucket_bytes, holders: this.#holders(map.id, base, state) });
    };
    if (map.old !== null) add("old", map.old, map.old_b);
    add("present", map.present, map.b);
    for (const iterator of Object.values(this.iterators.at(state) ?? {}))
      if (iterator.running && iterator.map === map.id) add("held", iterator.array, iterator.b);
    return found;
  }

  #holders(map, base, state) {
    return Object.entries(this.iterators.at(state) ?? {})
      .filter(([, iterator]) => iterator.running && iterator.map === map && iterator.array === base)
      .map(([name]) => name);
  }

  // The buckets of a chain, head first, and how it ends: "", "dangling" or "cyclic".
  chain(array, index, state) {
    const buckets = [];
    const met = new Set();
    let offset = array.base + index * array.bytes;
    while (offset > 0 && !met.has(offset)) {
      met.add(offset);
      buckets.push(offset);
      offset = this.link(offset, state);
    }
    return { buckets, end: offset < 0 ? "dangling" : offset > 0 ? "cyclic" : "" };
  }

  // visit(bucket, slot, {mark, key, value}) for every slot of an array's chains.
  forEachSlot(array, state, visit) {
    for (let chain = 0; chain < 2 ** array.b; ++chain) {
      for (const bucket of this.chain(array, chain, state).buckets) {
        for (let slot = 0; slot < 8; ++slot) visit(bucket, slot, this.slot(bucket, slot, state));
      }
    }
  }

  // Where a bucket lies in a state: {map, array, chain, overflow}, or null.
  locate(offset, state) {
    for (const [, map] of this.all("maps", state)) {
      for (const array of this.arrays(map, state)) {
        const index = (offset - array.base) / array.bytes;
        if (Number.isInteger(index) && index >= 0 && index < 2 ** array.b) return { map, array, chain: index, overflow: 0 };
      }
    }
    return this.#locateOverflow(offset, state);
  }

  #locateOverflow(offset, state) {
    for (const [, map] of this.all("maps", state)) {
      for (const array of this.arrays(map, state)) {
        for (let chain = 0; chain < 2 ** array.b; ++chain) {
          if (this.link(array.base + chain * array.bytes, state) === 0) continue;
          const overflow = this.chain(array, chain, state).buckets.indexOf(offset);
          if (overflow > 0) return { map, array, chain, overflow };
        }
      }
    }
    return null;
  }
}

export function slotKey(offset, slot) {
  return offset * 8 + slot;
}

function versionsOf(table, id) {
  let versions = table.get(id);
  if (!versions) table.set(id, (versions = new Versions()));
  return versions;
}

// Reads what the page carries: the lines, compressed (gzip) and in base64.
export async function readRecording(base64) {
  const bytes = Uint8Array.from(atob(base64.trim()), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const text = await new Response(stream).text();
  return new Recording(text.trimEnd().split("\n").map((line) => JSON.parse(line)));
}
