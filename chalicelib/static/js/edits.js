// Edits, painted before the server answers. Those of one task go one after the other, each with the
// version it builds on; fields that nobody else touched merge, the same field asks.
import { Problem, Unreachable, request } from "./api.js";
import { fields } from "./words.js";
import { confirmed, lay, lift, merge, rebase, remove, shown } from "./tasks.js";
import { batch, signal } from "./vendor/preact.js";

/**
 * @typedef {{ field: Editable, mine: Task[Editable], theirs: Task[Editable] }} Difference
 * @typedef {{ task: Task, differences: Difference[], decide: (choice: "mine" | "theirs") => void }} Conflict
 */

/** The question that waits for an answer, if there is one. */
export const conflict = signal(/** @type {Conflict | null} */ (null));

/** How often a save starts anew because the task moved on underneath it. */
const attempts = 6;

/** The last save on its way, by task. @type {Map<string, Promise<unknown>>} */
const lines = new Map();

/**
 * Paints the changes, then saves them. Rejects, with the paint taken back, when they cannot be kept.
 * @param {string} id
 * @param {Partial<TaskFields>} wanted
 * @param {Partial<TaskFields> | null} [seen] what the person was looking at, if not the task as it is now
 * @returns {Promise<void>}
 */
export async function change(id, wanted, seen = shown(id).peek()) {
  if (!seen) return;
  const edit = difference(seen, wanted);
  if (Object.keys(edit.changes).length === 0) return;
  lay(id, edit);
  const saved = (lines.get(id) ?? Promise.resolve()).then(() => save(id, edit));
  const settled = saved.catch(() => {});
  lines.set(id, settled);
  try {
    await saved;
  } finally {
    if (lines.get(id) === settled) lines.delete(id);
  }
}

/**
 * @param {Task} task
 * @returns {Promise<void>}
 */
export async function destroy(task) {
  try {
    await request("DELETE", `/api/tasks/${task.id}`, { version: task.version });
  } catch (error) {
    if (error instanceof Problem && error.current) merge(error.current);
    if (!(error instanceof Problem && error.status === 404)) throw error;
  }
  remove(task.id, task.version);
}

/**
 * @param {Partial<TaskFields>} seen
 * @param {Partial<TaskFields>} wanted
 * @returns {import("./tasks.js").Edit}
 */
function difference(seen, wanted) {
  const changed = editable(wanted).filter((field) => wanted[field] !== seen[field]);
  return {
    changes: Object.fromEntries(changed.map((field) => [field, wanted[field]])),
    before: Object.fromEntries(changed.map((field) => [field, seen[field]])),
  };
}

/** @param {Partial<TaskFields>} changes */
const editable = (changes) => /** @type {Editable[]} */ (Object.keys(fields)).filter((field) => field in changes);

/**
 * @param {string} id
 * @param {import("./tasks.js").Edit} edit
 */
async function save(id, edit) {
  try {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const wanted = await settle(id, edit);
      if (!wanted) return;
      if (await put(id, wanted, edit)) return;
    }
    throw new Error("The task keeps changing. Try again in a moment.");
  } catch (error) {
    rebase(id, edit);
    throw error;
  } finally {
    lift(id, edit);
  }
}

/**
 * What is left to save once others' changes to the same fields were asked about; null when nothing is.
 * @param {string} id
 * @param {import("./tasks.js").Edit} edit
 * @returns {Promise<{changes: Partial<TaskFields>, version: number} | null>}
 */
async function settle(id, edit) {
  const task = confirmed(id);
  if (!task) throw new Error("The task was deleted meanwhile.");
  const names = editable(edit.changes);
  const differences = names
    .filter((field) => task[field] !== edit.before[field] && task[field] !== edit.changes[field])
    .map((field) => ({ field, mine: edit.changes[field] ?? null, theirs: task[field] }));
  const theirs = differences.length > 0 && (await ask(task, differences)) === "theirs";
  const kept = theirs ? names.filter((field) => !differences.some((other) => other.field === field)) : names;
  // What was on the screen when the choice was made is what the next attempt builds on.
  edit.before = Object.fromEntries(names.map((field) => [field, task[field]]));
  edit.changes = Object.fromEntries(kept.map((field) => [field, edit.changes[field]]));
  const open = kept.filter((field) => task[field] !== edit.changes[field]);
  if (open.length === 0) return null;
  return { changes: edit.changes, version: task.version };
}

/**
 * @param {string} id
 * @param {{changes: Partial<TaskFields>, version: number}} wanted
 * @param {import("./tasks.js").Edit} edit
 * @returns {Promise<boolean>} false when the task had moved on
 */
async function put(id, { changes, version }, edit) {
  try {
    const task = await request("PATCH", `/api/tasks/${id}`, { body: changes, version });
    batch(() => {
      merge(task);
      lift(id, edit);
    });
    return true;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.status === 404) remove(id, Number.MAX_SAFE_INTEGER);
    if (error.status !== 412 || !error.current) throw error;
    merge(error.current);
    return false;
  }
}

/** Questions are put one at a time. @type {Promise<unknown>} */
let asked = Promise.resolve();

/**
 * @param {Task} task
 * @param {Difference[]} differences
 * @returns {Promise<"mine" | "theirs">}
 */
function ask(task, differences) {
  /** @type {Promise<"mine" | "theirs">} */
  const answer = asked.then(
    () =>
      new Promise((decide) => {
        conflict.value = { task, differences, decide };
      }),
  );
  asked = answer.then(() => (conflict.value = null));
  return answer;
}

/**
 * Why an edit was taken back, for people.
 * @param {unknown} error
 */
export function reason(error) {
  if (error instanceof Unreachable) return "TaskFlow cannot be reached.";
  return error instanceof Error ? error.message : "Something went wrong.";
}
