// ObjectGraph: roots on the left, then what they lead to, column by column; what nothing leads to is at the end.
//
// At most OBJECTS_MAX objects are drawn, those nearest to the roots and those where something is to be seen.

import { bitAt } from "./bits.js";
import { element, shape, counted } from "./dom.js";
import { isLive } from "./marks.js";

const OBJECTS_MAX = 48;
const WIDTH = 92;
const HEIGHT = 26;
const GAP_X = 56;
const GAP_Y = 10;
const LINES_MAX = 12;

export class ObjectGraph {
  constructor(recording, failure) {
    Object.assign(this, { recording, failure });
  }

  draw(position) {
    this.state = position.state;
    this.failing = position === this.recording.positions[this.recording.failure];
    this.objects = new Map(this.recording.all("objects", this.state));
    const roots = Object.entries(this.recording.roots.at(this.state) ?? {});
    const heading = element("h2", {}, "Roots and objects", this.objects.size === 0 ? element("small", {}, " none") : "");
    if (this.objects.size === 0 && roots.length === 0) return [heading];
    this.spans = this.recording.all("spans", this.state).map(([, span]) => span);
    this.edges = this.#edges();
    const columns = this.#columns(roots);
    const left = this.objects.size - columns.flat().length;
    return [heading, element("article", { class: "card" }, this.#picture(roots, columns),
                             element("p", { class: "legend" }, "thick: marked · broken frame: out of the program's reach · arrow of dots: weak link, of dashes: from a weak key to its value · ƒ: has a finalizer · ✕: a link leads to nothing alive"),
                             left > 0 ? element("p", { class: "muted" }, `${counted(left, "object")} more not shown`) : null)];
  }

  // id: [{to, kind: "link" | "weak" | "entry" | "ephemeron"}]
  #edges() {
    const edges = new Map();
    const add = (from, to, kind) => {
      if (!edges.has(from)) edges.set(from, []);
      if (!edges.get(from).some((edge) => edge.to === to && edge.kind === kind)) edges.get(from).push({ to, kind });
    };
    for (const [id, object] of this.objects) {
      (object.links ?? []).forEach((value, index) => index % 2 === 1 && add(id, value, "link"));
      (object.weak_links ?? []).forEach((value, index) => index % 2 === 1 && add(id, value, "weak"));
      for (const value of object.ephemerons ?? []) add(id, value, "ephemeron");
    }
    for (const [id, map] of this.recording.all("maps", this.state)) for (const to of this.#entries(map)) add(id, to, "entry");
    return edges;
  }

  // Objects that keys and values of a map lead to.
  #entries(map) {
    const found = new Set();
    for (const array of this.recording.arrays(map, this.state)) {
      if (array.name === "held") continue;
      this.recording.forEachSlot(array, this.state, (_bucket, _slot, { mark, key, value }) => {
        if (!isLive(mark) || found.size >= OBJECTS_MAX) return;
        for (const cell of [key, value]) if (typeof cell === "string" && /#\d+$/.test(cell)) found.add(Number(cell.split("#")[1]));
      });
    }
    return found;
  }

  // Ids by how far they are from the roots; the last column holds what is out of reach, if it is to be seen.
  #columns(roots) {
    const met = new Set();
    const columns = [];
    let column = roots.map(([, id]) => id);
    while (column.length > 0 && met.size < OBJECTS_MAX) {
      const fresh = [...new Set(column)].filter((id) => this.objects.has(id) && !met.has(id)).slice(0, OBJECTS_MAX - met.size);
      fresh.forEach((id) => met.add(id));
      if (fresh.length > 0) columns.push(fresh);
      column = fresh.flatMap((id) => (this.edges.get(id) ?? []).map(({ to }) => to));
    }
    const seen = (id) => this.#fails(id) || this.recording.changed("objects", id, this.state);
    const rest = [...this.objects.keys()].filter((id) => !met.has(id)).sort((a, b) => seen(b) - seen(a) || a - b);
    const unreached = rest.slice(0, Math.max(0, OBJECTS_MAX - met.size));
    if (unreached.length > 0) columns.push(unreached);
    return columns.flatMap(inPieces);
  }

  #fails(id) {
    return this.failing && this.failure.objects.has(id);
  }

  #picture(roots, columns) {
    const lines = Math.max(roots.length, ...columns.map((column) => column.length));
    const places = new Map();
    columns.forEach((column, x) => column.forEach((id, y) => places.set(id, [(x + 1) * (WIDTH + GAP_X) - WIDTH / 2 + 4, y * (HEIGHT + GAP_Y) + 4])));
    const width = (columns.length + 1) * (WIDTH + GAP_X) - WIDTH / 2;
    const height = lines * (HEIGHT + GAP_Y) + 8;
    const picture = shape("svg", { class: "graph", width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "objects and what leads to them" },
                          shape("defs", {}, arrowhead()));
    roots.forEach(([name, id], y) => picture.append(...this.#root(name, id, y, places)));
    for (const [from, edges] of this.edges) for (const edge of edges) picture.append(...this.#edge(from, edge, places));
    for (const [id, [x, y]] of places) picture.append(this.#object(id, x, y));
    return element("div", { class: "scroll" }, picture);
  }

  #root(name, id, line, places) {
    const y = line * (HEIGHT + GAP_Y) + 4 + HEIGHT / 2;
    const to = places.get(id);
    const label = shape("text", { class: "root", x: 4, y: y + 4 }, id === "lost" ? `${name} → nothing alive` : name);
    return to ? [curve([30, y], [to[0], to[1] + HEIGHT / 2], "edge"), label] : [label];
  }

  #edge(from, { to, kind }, places) {
    const [a, b] = [places.get(from), places.get(to)];
    if (!a || !b) return [];
    return [curve([a[0] + WIDTH, a[1] + HEIGHT / 2], [b[0], b[1] + HEIGHT / 2], `edge ${kind}`)];
  }

  #object(id, x, y) {
    const object = this.objects.get(id);
    const classes = ["object", object.map ? "map" : "node", this.#isMarked(object) ? "marked" : "white"];
    if (!object.reachable) classes.push("unreachable");
    if (!object.alive) classes.push("dead");
    if (this.recording.changed("objects", id, this.state)) classes.push("changed");
    if (this.#fails(id)) classes.push("failing");
    const words = object.map ? `map #${id}` : `#${id} (${object.number})`;
    const lost = (object.links ?? []).includes("lost");
    const says = [words, this.#isMarked(object) ? "marked" : "not marked", object.reachable ? "within the program's reach" : "out of the program's reach",
                  object.alive ? "" : "not alive", object.finalizer ? "has a finalizer" : "", lost ? "a link leads to nothing alive" : ""];
    return shape("g", { class: classes.join(" "), "data-object": id, transform: `translate(${x} ${y})` },
                 shape("title", {}, says.filter(Boolean).join(", ")),
                 shape("rect", { width: WIDTH, height: HEIGHT, rx: 5 }),
                 shape("text", { x: WIDTH / 2, y: HEIGHT / 2 + 4, "text-anchor": "middle" }, words + (object.finalizer ? " ƒ" : "") + (lost ? " ✕" : "")));
  }

  #isMarked({ at }) {
    const span = this.spans.find((each) => at >= each.at && at < each.at + each.slots * each.slot_bytes);
    return span !== undefined && bitAt(span.marked, Math.floor((at - span.at) / span.slot_bytes));
  }
}

// A long column as several.
function inPieces(column) {
  const pieces = [];
  for (let first = 0; first < column.length; first += LINES_MAX) pieces.push(column.slice(first, first + LINES_MAX));
  return pieces;
}

function curve([x1, y1], [x2, y2], name) {
  const bend = x2 > x1 ? (x2 - x1) / 2 : 40;
  return shape("path", { class: name, d: `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2 - 2} ${y2}`, "marker-end": "url(#arrow)" });
}

function arrowhead() {
  return shape("marker", { id: "arrow", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto" },
               shape("path", { d: "M0 0L8 4L0 8z" }));
}
