// Versions: the values one thing took, each from a state on.

export class Versions {
  constructor() {
    this.states = [];
    this.values = [];
  }

  add(state, value) {
    this.states.push(state);
    this.values.push(value);
  }

  // Where the version of a state is; -1 before the first.
  indexAt(state) {
    let low = 0;
    let high = this.states.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.states[middle] <= state) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  // The value in a state; undefined before the first.
  at(state) {
    const index = this.indexAt(state);
    return index < 0 ? undefined : this.values[index];
  }

  // Did it get a new value in that very state?
  changedAt(state) {
    const index = this.indexAt(state);
    return index >= 0 && this.states[index] === state;
  }
}
