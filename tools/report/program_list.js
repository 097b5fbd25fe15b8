// ProgramList: the operations on the left, one of which is the present one, and what each answered.

import { element } from "./dom.js";

export class ProgramList {
  // `list` is the element it fills; `onGo(position)` is told of a click.
  constructor(list, recording, onGo) {
    Object.assign(this, { list, recording, onGo });
    this.lines = recording.positions.map((position, index) => this.#line(position, index));
    list.replaceChildren(...this.lines, ...this.#rest());
  }

  #line({ state, operation, kind }, index) {
    const { recording } = this;
    const failing = index === recording.failure;
    const text = kind === "end" ? "the checks at the end" : operation === null ? this.#beginning() : recording.head.operations[operation];
    const answer = kind === "state" && operation !== null ? recording.answers.get(state) : kind === "lost" ? "did not come back" : "";
    return element("li", { class: failing ? "failing" : null, "data-position": index, onclick: () => this.onGo(index) },
                   element("span", { class: "number" }, operation === null ? "" : String(operation)),
                   element("span", { class: "text" }, text),
                   answer ? element("span", { class: "answer" }, answer) : null);
  }

  #beginning() {
    return this.recording.from === 0 ? "nothing done yet" : `${this.recording.from} operations done`;
  }

  // Operations that were not reached.
  #rest() {
    const { operations } = this.recording.head;
    const reached = Math.max(this.recording.last, this.recording.verdict.operation + 1);
    return operations.slice(reached).map((text, index) =>
      element("li", { class: "unreached" }, element("span", { class: "number" }, String(reached + index)), element("span", { class: "text" }, text)));
  }

  show(index) {
    this.list.querySelector("[aria-current]")?.removeAttribute("aria-current");
    const line = this.lines[index];
    line.setAttribute("aria-current", "step");
    const [top, bottom] = [line.offsetTop, line.offsetTop + line.offsetHeight];
    if (top < this.list.scrollTop) this.list.scrollTop = top - 40;
    if (bottom > this.list.scrollTop + this.list.clientHeight) this.list.scrollTop = bottom - this.list.clientHeight + 40;
  }
}
