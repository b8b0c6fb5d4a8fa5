// The tasks this page knows. Each is what the server last confirmed plus the edits still on their
// way: an edit is painted at once, and undone by taking it out again.
import { batch, computed, signal } from "./vendor/preact.js";

/**
 * `whole`: the changes are all of the task, which is being created or restored; `gone`: it is being deleted.
 * @typedef {{ changes: Partial<Task>, before: Partial<TaskFields>, whole?: boolean, gone?: boolean }} Edit
 */

/** The fields a person may set. @type {Editable[]} */
export const editables = ["title", "description", "status", "priority", "assigned_to", "due_date"];

class Entry {
  constructor() {
    this.confirmed = signal(/** @type {Task | null} */ (null));
    this.edits = signal(/** @type {Edit[]} */ ([]));
    this.shown = computed(() => this.edits.value.reduce(painted, this.confirmed.value));
  }
}

/**
 * @param {Task | null} task
 * @param {Edit} edit
 */
function painted(task, { changes, whole, gone }) {
  return gone || !(task || whole) ? null : /** @type {Task} */ ({ ...task, ...changes });
}

/** @type {Map<string, Entry>} */
const entries = new Map();
/** Versions of deleted tasks: what arrives late must not bring them back. @type {Map<string, number>} */
const deleted = new Map();

/** The ids that the server gave to tasks created here. @type {Map<string, string>} */
const names = new Map();
/** And the temporary ones they had. @type {Map<string, string>} */
const keys = new Map();

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

/** The id a task has by now: a temporary one lasts until the server has named the task. @param {string} id */
export const nameOf = (id) => names.get(id) ?? id;

/** What stays the same when a task gets its id: the key of its card. @param {string} id */
export const keyOf = (id) => keys.get(id) ?? id;

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
    know(task.id);
  });
}

/** @param {string} id */
function know(id) {
  if (!known.peek().includes(id)) known.value = [...known.peek(), id].sort(newestFirst);
}

/**
 * The server has created what stood here under a temporary id: both ids are the one task from now on.
 * @param {string} temporary
 * @param {Task} task
 */
export function adopt(temporary, task) {
  const own = entry(temporary);
  const twin = entries.get(task.id);
  batch(() => {
    // Somebody's list or push was faster than the answer.
    if (twin && twin !== own) {
      own.confirmed.value = twin.confirmed.peek();
      own.edits.value = [...own.edits.peek(), ...twin.edits.peek()];
    }
    entries.set(task.id, own);
    names.set(temporary, task.id);
    keys.set(task.id, temporary);
    const others = known.peek().filter((id) => id !== task.id);
    known.value = others.map((id) => (id === temporary ? task.id : id));
    merge(task);
  });
}

/**
 * @param {string} id
 * @param {number} version the last one it had
 */
export function remove(id, version) {
  const own = entry(id);
  if ((own.confirmed.peek()?.version ?? 0) > version) return;
  deleted.set(id, Math.max(version, deleted.get(id) ?? 0));
  batch(() => {
    own.confirmed.value = null;
    forget(id);
  });
}

/** @param {string} id */
function forget(id) {
  if (!shown(id).peek()) known.value = known.peek().filter((other) => other !== id);
}

/**
 * @param {string} id
 * @param {Edit} edit
 */
export function lay(id, edit) {
  const { edits } = entry(id);
  batch(() => {
    edits.value = [...edits.peek(), edit];
    if (edit.whole) know(id);
  });
}

/**
 * @param {string} id
 * @param {Edit} edit
 */
export function lift(id, edit) {
  const { edits } = entry(id);
  batch(() => {
    edits.value = edits.peek().filter((other) => other !== edit);
    if (!confirmed(id)) forget(nameOf(id));
  });
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
  const [left, right] = [shown(a).peek() ?? confirmed(a), shown(b).peek() ?? confirmed(b)];
  if (!left || !right) return 0;
  return right.created_at.localeCompare(left.created_at) || number(b) - number(a);
}

/** @param {string} id as in TF-42 */
const number = (id) => Number(id.slice(id.lastIndexOf("-") + 1));
