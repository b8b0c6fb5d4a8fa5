// Which tasks are selected, for all views: what is done to one is then done to all of them.
import { signal } from "./vendor/preact.js";

/** @type {import("./vendor/preact.js").Signal<ReadonlySet<string>>} */
export const selected = signal(new Set());

/** Where a range begins: the one that was selected last. */
let anchor = "";

/**
 * @param {string} id
 * @param {boolean} [isWanted] toggles if left out
 */
export function select(id, isWanted = !selected.peek().has(id)) {
  const next = new Set(selected.peek());
  if (isWanted) next.add(id);
  else next.delete(id);
  selected.value = next;
  anchor = id;
}

/**
 * Selects everything between the last one and this one.
 * @param {string} id
 * @param {string[]} order of what is on the screen
 */
export function selectTo(id, order) {
  const [from, to] = [order.indexOf(anchor), order.indexOf(id)].sort((a, b) => a - b);
  if (from === undefined || to === undefined || from < 0) return select(id, true);
  selected.value = new Set([...selected.peek(), ...order.slice(from, to + 1)]);
}

/** @param {string[]} ids */
export const selectAll = (ids) => (selected.value = new Set(ids));

export const clearSelection = () => (selected.value = new Set());
