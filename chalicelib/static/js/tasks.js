// The tasks this page knows. Each is what the server last confirmed plus the edits still on their
// way: an edit is painted at once, and undone by taking it out again.
import { batch, computed, signal } from "./vendor/preact.js";

/** @typedef {{ changes: Partial<TaskFields>, before: Partial<TaskFields> }} Edit */

class Entry {
  constructor() {
    this.confirmed = signal(/** @type {Task | null} */ (null));
    this.edits = signal(/** @type {Edit[]} */ ([]));
    this.shown = computed(() => {
      const task = this.confirmed.value;
      return task && this.edits.value.reduce((shown, edit) => ({ ...shown, ...edit.changes }), task);
    });
  }
}

/** @type {Map<string, Entry>} */
const entries = new Map();
/** Versions of deleted tasks: what arrives late must not bring them back. @type {Map<string, number>} */
const deleted = new Map();

/** Ids of all known tasks, newest first. */
export const known = signal(/** @type {string[]} */ ([]));

/** @param {string} id */
function entry(id) {
  let found = entries.get(id);
  if (!found) entries.set(id, (found = new Entry()));
  return found;
}

/**
 * The task as the page shows it, edits on their way included.
 * @param {string} id
 */
export const shown = (id) => entry(id).shown;

/**
 * The task as the server last confirmed it.
 * @param {string} id
 */
export const confirmed = (id) => entry(id).confirmed.peek();

/**
 * Takes in what the server sent, unless something newer is known: answers, pushes and lists
 * overtake each other, the version decides.
 * @param {Task} task
 */
export function merge(task) {
  const own = entry(task.id);
  const version = Math.max(own.confirmed.peek()?.version ?? 0, deleted.get(task.id) ?? 0);
  if (task.version <= version) return;
  batch(() => {
    own.confirmed.value = task;
    if (!known.peek().includes(task.id)) known.value = [...known.peek(), task.id].sort(newestFirst);
  });
}

/**
 * @param {string} id
 * @param {number} version the last one it had
 */
export function remove(id, version) {
  const own = entry(id);
  if ((own.confirmed.peek()?.version ?? 0) > version) return;
  deleted.set(id, version);
  batch(() => {
    own.confirmed.value = null;
    known.value = known.peek().filter((other) => other !== id);
  });
}

/**
 * @param {string} id
 * @param {Edit} edit
 */
export function lay(id, edit) {
  const { edits } = entry(id);
  edits.value = [...edits.peek(), edit];
}

/**
 * @param {string} id
 * @param {Edit} edit
 */
export function lift(id, edit) {
  const { edits } = entry(id);
  edits.value = edits.peek().filter((other) => other !== edit);
}

/**
 * An edit has failed: those made on top of it saw a value that never was.
 * @param {string} id
 * @param {Edit} failed
 */
export function rebase(id, failed) {
  for (const edit of entry(id).edits.peek()) {
    for (const [field, value] of Object.entries(failed.changes)) {
      const name = /** @type {Editable} */ (field);
      if (edit !== failed && edit.before[name] === value) Object.assign(edit.before, { [name]: failed.before[name] });
    }
  }
}

/**
 * @param {string} a
 * @param {string} b
 */
function newestFirst(a, b) {
  const [left, right] = [confirmed(a), confirmed(b)];
  if (!left || !right) return 0;
  return right.created_at.localeCompare(left.created_at) || number(b) - number(a);
}

/** @param {string} id as in TF-42 */
const number = (id) => Number(id.slice(id.lastIndexOf("-") + 1));
