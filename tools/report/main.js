// The page: one position of the recording at a time, and what moves it.

import { addressOf, readAddress } from "./address.js";
import { element } from "./dom.js";
import { Failure } from "./failure.js";
import { HeapView } from "./heap_view.js";
import { paintLanes } from "./lanes.js";
import { MapView } from "./map_view.js";
import { STATES } from "./marks.js";
import { ObjectGraph } from "./object_graph.js";
import { ProgramList } from "./program_list.js";
import { readRecording } from "./recording.js";
import { SlotHistory } from "./slot_history.js";
import { stepSummary } from "./step_summary.js";

const PLAY_MS = 700;
const KEYS = [
  ["← →", "a step back, a step forward"], ["Home End", "the first state, the last"], ["Page Up, Page Down", "ten steps"],
  ["Space", "play, pause"], ["F", "the failing step"], ["[ ]", "the change before, the change after, of the chosen slot"],
  ["Tab, then arrows", "to the slots, among the slots; in an overview: to other chains"], ["Enter", "on a slot: its history"],
  ["Esc", "close the history"], ["T", "light, dark, as the system"], ["?", "this list"],
];

const byId = (id) => document.getElementById(id);

class Page {
  constructor(recording) {
    this.recording = recording;
    this.failure = new Failure(recording);
    this.selected = null; // "bucket.slot"
    this.timer = null;
    const redraw = () => this.draw();
    this.maps = new MapView(recording, this.failure, { redraw, select: (bucket, slot) => this.select(`${bucket}.${slot}`) });
    this.heap = new HeapView(recording, this.failure, { redraw });
    this.objects = new ObjectGraph(recording, this.failure);
    this.history = new SlotHistory(recording, { go: (state) => this.go(state - recording.from), select: (slot) => this.select(slot),
                                                close: () => this.select(null) });
    this.list = new ProgramList(byId("operations"), recording, (index) => this.go(index));
    const asked = readAddress(recording, location.hash);
    this.index = asked.index ?? (recording.failure >= 0 ? recording.failure : recording.positions.length - 1);
    this.selected = asked.selected;
  }

  get position() {
    return this.recording.positions[this.index];
  }

  go(index) {
    const next = Math.max(0, Math.min(this.recording.positions.length - 1, index));
    if (next !== this.index) this.maps.forget();
    this.index = next;
    this.draw();
  }

  select(slot) {
    this.selected = slot;
    this.draw();
  }

  play(on) {
    clearInterval(this.timer);
    this.timer = null;
    if (on) {
      if (this.index === this.recording.positions.length - 1) this.go(0);
      this.timer = setInterval(() => this.#playOne(), PLAY_MS);
    }
    byId("play").setAttribute("aria-pressed", String(on));
    byId("play").setAttribute("aria-label", on ? "pause" : "play");
  }

  #playOne() {
    this.go(this.index + 1);
    if (this.index === this.recording.positions.length - 1) this.play(false);
  }

  // To the change of the chosen slot before or after this state.
  follow(direction) {
    if (this.selected === null) return;
    const [bucket, slot] = this.selected.split(".").map(Number);
    const states = this.recording.slots.get(bucket * 8 + slot)?.states ?? [];
    const { state } = this.position;
    const next = direction > 0 ? states.find((each) => each > state) : states.findLast((each) => each < state);
    if (next !== undefined) this.go(next - this.recording.from);
  }

  draw() {
    const focused = document.activeElement?.dataset?.slot;
    byId("summary").replaceChildren(...stepSummary(this.recording, this.position));
    byId("maps").replaceChildren(...this.maps.draw(this.position, this.selected));
    byId("heap").replaceChildren(...this.heap.draw(this.position));
    byId("objects").replaceChildren(...this.objects.draw(this.position));
    this.#drawHistory();
    this.list.show(this.index);
    byId("slider").value = this.index;
    byId("slider").setAttribute("aria-valuetext", this.#says());
    byId("position").textContent = this.#says();
    for (const [id, off] of [["first", this.index === 0], ["back", this.index === 0],
                             ["forward", this.index === this.recording.positions.length - 1],
                             ["last", this.index === this.recording.positions.length - 1]]) byId(id).disabled = off;
    history.replaceState(null, "", addressOf(this.recording, this.index, this.selected));
    if (focused) document.querySelector(`[data-slot="${focused}"]`)?.focus();
  }

  #drawHistory() {
    const drawer = byId("history");
    drawer.hidden = this.selected === null;
    if (drawer.hidden) return;
    const [bucket, slot] = this.selected.split(".").map(Number);
    drawer.replaceChildren(...this.history.draw(bucket, slot, this.position.state));
  }

  #says() {
    const { operation, kind } = this.position;
    const total = this.recording.head.operations.length;
    if (kind === "end") return "checks at the end";
    if (kind === "lost") return `at operation ${operation} of ${total}`;
    return operation === null ? "at the beginning" : `after ${operation} of ${total}`;
  }

  // Brings the failing slot into view.
  revealFailure() {
    const place = document.querySelector("#maps .slot.failing, #maps .row.failing, #heap .span.failing, #objects .failing");
    place?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
}

function drawHead(recording) {
  const { verdict, head } = recording;
  const report = window.gcmapReport ?? {};
  byId("title").textContent = recording.failed ? verdict.signature : `${verdict.verdict}: nothing failed`;
  byId("detail").textContent = verdict.detail ?? "";
  byId("invariant").textContent = report.invariant ? `${verdict.oracle}: ${report.invariant}` : "";
  byId("config").textContent = head.config;
  document.title = `${recording.failed ? verdict.signature : verdict.verdict} · gcmap`;
  byId("failure").hidden = !recording.failed;
  byId("slider").max = recording.positions.length - 1;
  const extra = [["changed", "changed in this step"], ["failing", "the failure shows here"], ["selected", "chosen"]];
  byId("legend").replaceChildren(...[...STATES.map(({ name, label }) => [name, label]), ...extra].map(([name, label]) =>
    element("span", { class: "item" }, element("span", { class: `swatch ${name}` }), label)));
  byId("keys").replaceChildren(element("h2", {}, "Keys"), element("dl", {}, KEYS.flatMap(([key, what]) => [element("dt", {}, key), element("dd", {}, what)])),
                               element("button", { class: "word", onclick: () => byId("keys").close() }, "close"));
}

const THEMES = ["auto", "light", "dark"];

function setTheme(theme, page) {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  byId("theme").textContent = theme;
  remember(theme);
  paintLanes(byId("lanes"), page.recording);
  page.draw();
}

// Pages of a file may be refused a memory.
function remember(theme) {
  try {
    localStorage.setItem("gcmap-theme", theme);
  } catch {
    return;
  }
}

function remembered() {
  try {
    return THEMES.includes(localStorage.getItem("gcmap-theme")) ? localStorage.getItem("gcmap-theme") : "auto";
  } catch {
    return "auto";
  }
}

function listen(page) {
  let theme = remembered();
  const nextTheme = () => setTheme((theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length]), page);
  const last = page.recording.positions.length - 1;
  const toFailure = () => {
    page.go(page.recording.failure);
    page.revealFailure();
  };
  const clicks = {
    first: () => page.go(0), back: () => page.go(page.index - 1), forward: () => page.go(page.index + 1), last: () => page.go(last),
    play: () => page.play(page.timer === null), failure: toFailure, theme: nextTheme, help: () => byId("keys").showModal(),
  };
  for (const [id, act] of Object.entries(clicks)) byId(id).addEventListener("click", act);
  byId("slider").addEventListener("input", (event) => page.go(Number(event.target.value)));
  const keys = {
    ArrowLeft: clicks.back, ArrowRight: clicks.forward, ArrowUp: clicks.back, ArrowDown: clicks.forward, Home: clicks.first, End: clicks.last,
    PageUp: () => page.go(page.index - 10), PageDown: () => page.go(page.index + 10), " ": clicks.play, f: () => page.recording.failed && toFailure(),
    t: nextTheme, "?": clicks.help, "[": () => page.follow(-1), "]": () => page.follow(1), Escape: () => page.select(null),
  };
  document.addEventListener("keydown", (event) => {
    const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey || byId("keys").open) return;
    if (event.key === " " && event.target.tagName === "BUTTON") return; // it presses the button
    event.preventDefault();
    act();
  });
  window.addEventListener("hashchange", () => {
    const { index, selected } = readAddress(page.recording, location.hash);
    page.selected = selected;
    if (index !== null) page.go(index);
  });
  window.addEventListener("resize", () => paintLanes(byId("lanes"), page.recording));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => setTheme(theme, page));
  setTheme(theme, page);
}

const page = new Page(await readRecording(byId("recording").textContent));
drawHead(page.recording);
listen(page);
if (page.index === page.recording.failure) page.revealFailure();
document.documentElement.dataset.ready = "true";
