// SlotHistory: everything a slot has held, a line a change, and where its key lies now.

import { element } from "./dom.js";
import { inHex, inWords, isLive, stateOf } from "./marks.js";
import { slotKey } from "./recording.js";

const PLACES_MAX = 8;

export class SlotHistory {
  // `actions`: {go(state), select("bucket.slot"), close()}.
  constructor(recording, actions) {
    Object.assign(this, { recording, actions });
  }

  draw(bucket, slot, state) {
    const place = this.recording.locate(bucket, state);
    const where = place ? `${this.#name(place, state)} slot ${slot}` : `heap offset ${bucket} slot ${slot}, in no array now`;
    return [
      element("header", {}, element("h2", {}, "History of a slot"),
              element("button", { class: "word", title: "close (Esc)", onclick: this.actions.close }, "close")),
      element("p", { class: "where" }, where),
      element("table", {},
              element("thead", {}, element("tr", {}, ["after", "mark", "", "key", "value"].map((name) => element("th", {}, name)))),
              element("tbody", {}, this.#lines(bucket, slot, state))),
      this.#whereNow(this.recording.slot(bucket, slot, state).key, place?.map, state),
    ];
  }

  // Where the key the slot holds, or held, is live now.
  #whereNow(key, map, state) {
    if (key === null || key === "left" || !map) return null;
    const found = [];
    for (const array of this.recording.arrays(map, state)) {
      this.recording.forEachSlot(array, state, (bucket, slot, holds) => {
        if (isLive(holds.mark) && holds.key === key && found.length < PLACES_MAX) found.push([bucket, slot]);
      });
    }
    const links = found.map(([bucket, slot]) =>
      element("li", {}, element("button", { class: "link", onclick: () => this.actions.select(`${bucket}.${slot}`) },
                                `${this.#name(this.recording.locate(bucket, state), state)} slot ${slot}`)));
    return element("div", { class: "now-at" }, element("h3", {}, `Key ${key} now`),
                   found.length === 0 ? element("p", { class: "muted" }, "in no live slot") : element("ul", {}, links));
  }

  #lines(bucket, slot, state) {
    const versions = this.recording.slots.get(slotKey(bucket, slot));
    if (!versions) return [element("tr", {}, element("td", { colspan: 5, class: "muted" }, "it was never written to"))];
    const now = versions.indexAt(state);
    let last = "";
    return versions.values.flatMap(({ mark, key, value }, index) => {
      const at = versions.states[index];
      const place = this.recording.locate(bucket, at);
      const name = place ? this.#name(place, at) : "in no array";
      const heading = name === last ? [] : [element("tr", { class: "place" }, element("td", { colspan: 5 }, name))];
      last = name;
      const operation = at === this.recording.from ? "the beginning" : this.recording.head.operations[at - 1];
      return [...heading,
              element("tr", { class: index === now ? "now" : null, "data-state": at },
                      element("td", {}, element("button", { class: "link", onclick: () => this.actions.go(at) },
                                                at === this.recording.from ? operation : `${at - 1} ${operation}`)),
                      element("td", {}, element("span", { class: `swatch ${stateOf(mark)}` }), inHex(mark)),
                      element("td", { class: "muted" }, inWords(mark)),
                      element("td", {}, key === null ? "" : String(key)),
                      element("td", {}, key === null || value === null ? "" : String(value)))];
    });
  }

  #name({ map, array, chain, overflow }, state) {
    const of = { present: "bucket", old: "old bucket", held: "left array, bucket" }[array.name];
    const name = this.recording.namesOf(map.id, state)[0] ?? `map #${map.id}`;
    return `${name}, ${of} ${chain}${overflow ? ` overflow ${overflow}` : ""}`;
  }
}
