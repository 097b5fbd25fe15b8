// Where a failure shows: slots, spans and objects that the verdict's words and the failing operation name.

import { slotKey, WHOLE_BUCKET } from "./recording.js";

export class Failure {
  constructor(recording) {
    this.recording = recording;
    this.slots = [];          // [bucket, slot]
    this.spans = new Map();   // page: slot, or null
    this.objects = new Set(); // ids
    if (!recording.failed) return;
    const position = recording.positions[recording.failure];
    this.state = position.state;
    this.maps = this.#mapsOf(position);
    for (const mention of recording.verdict.mentions) this.#follow(mention);
    if (this.slots.length === 0) this.slots.push(...recording.slotsAbout(position));
    this.#dropWholeBuckets();
    this.keys = new Set(this.slots.map(([bucket, slot]) => slotKey(bucket, slot)));
  }

  // Does the failure show in that slot, or in the bucket as a whole (slot WHOLE_BUCKET)?
  isAt(bucket, slot) {
    return this.keys?.has(slotKey(bucket, slot)) ?? false;
  }

  // Maps the failure is about: those it names, else those of the operation, else all.
  #mapsOf({ operation, state }) {
    const { recording } = this;
    const all = recording.all("maps", state).map(([, map]) => map);
    const mentioned = recording.verdict.mentions.filter(({ map }) => map !== undefined).map(({ map }) => map);
    const text = operation === null ? "" : recording.head.operations[operation];
    const roots = recording.roots.at(state) ?? {};
    const iterators = recording.iterators.at(state) ?? {};
    const named = text.split(" ").slice(1).map((word) => roots[word] ?? iterators[word]?.map);
    for (const ids of [mentioned, named]) {
      const found = all.filter((map) => ids.includes(map.id));
      if (found.length > 0) return found;
    }
    return all;
  }

  #follow(mention) {
    if (mention.bucket !== undefined) this.#followBucket("present", mention.bucket, mention);
    if (mention.old_bucket !== undefined) this.#followBucket("old", mention.old_bucket, mention);
    if (mention.key !== undefined) this.#followKey(mention.key);
    if (mention.object !== undefined) this.objects.add(mention.object);
    if (mention.offset !== undefined) this.#followOffset(mention.offset);
    if (mention.page !== undefined) this.spans.set(mention.page, mention.slot ?? null);
  }

  #followBucket(name, chain, { overflow, slot }) {
    for (const map of this.maps) {
      const array = this.recording.arrays(map, this.state).find((each) => each.name === name);
      if (!array || chain >= 2 ** array.b) continue;
      const { buckets } = this.recording.chain(array, chain, this.state);
      this.slots.push([buckets[Math.min(overflow, buckets.length - 1)], slot ?? WHOLE_BUCKET]);
    }
  }

  #followKey(key) {
    for (const map of this.maps) {
      for (const array of this.recording.arrays(map, this.state)) {
        this.recording.forEachSlot(array, this.state, (bucket, slot, { mark, key: found }) => {
          if (mark >= 2 && String(found).split("#")[0] === String(key)) this.slots.push([bucket, slot]);
        });
      }
    }
  }

  #followOffset(offset) {
    for (const [page, span] of this.recording.all("spans", this.state)) {
      const inside = offset - span.at;
      if (inside >= 0 && inside < span.slots * span.slot_bytes) this.spans.set(page, Math.floor(inside / span.slot_bytes));
    }
    for (const [id, object] of this.recording.all("objects", this.state)) {
      if (object.at === offset) this.objects.add(id);
    }
    for (const map of this.maps) {
      for (const array of this.recording.arrays(map, this.state)) {
        const chain = Math.floor((offset - array.base) / array.bytes);
        if (chain < 0 || chain >= 2 ** array.b) continue;
        this.slots.push([array.base + chain * array.bytes, WHOLE_BUCKET]);
      }
    }
  }

  // Where a slot is named, its bucket need not be.
  #dropWholeBuckets() {
    if (this.slots.some(([, slot]) => slot !== WHOLE_BUCKET))
      this.slots = this.slots.filter(([, slot]) => slot !== WHOLE_BUCKET);
  }
}
