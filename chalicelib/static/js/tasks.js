// The tasks this page knows. Each is what the server last confirmed plus the edits still on their
// way: an edit is painted at once, and undone by taking it out again.
import { boot, me } from "./boot.js";
import { filtered, filters } from "./route.js";
import { shifted, today } from "./time.js";
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

/** Counts what the server has told, so that it can be kept. */
export const revision = signal(0);

/** Ids of all known tasks, in no particular order. */
export const known = signal(/** @type {string[]} */ ([]));

/** Ids of tasks that somebody else has just changed. */
export const marked = signal(/** @type {ReadonlySet<string>} */ (new Set()));

/** The known tasks, as the page shows them. */
export const tasks = computed(() => known.value.map((id) => shown(id).value).filter((task) => task !== null));

/** Those that pass the filters. */
export const visible = computed(() => tasks.value.filter((task) => matches(task, filters.value)));

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
 * overtake each other, the version decides. Of one version the fuller one stays: what the page was
 * drawn with lacks descriptions.
 * @param {Task[]} sent
 */
export function merge(...sent) {
  batch(() => know(...sent.filter(accept).map((task) => task.id)));
}

/** @param {Task} task */
function accept(task) {
  const own = entry(task.id);
  const old = own.confirmed.peek();
  const version = Math.max(old?.version ?? 0, deleted.get(task.id) ?? 0);
  if (task.version < version) return false;
  if (task.version === version && !(old && Object.keys(task).some((name) => !(name in old)))) return false;
  own.confirmed.value = task.version === version ? { ...old, ...task } : task;
  revision.value = revision.peek() + 1;
  return true;
}

/** @param {string[]} ids */
function know(...ids) {
  const had = new Set(known.peek());
  const added = [...new Set(ids)].filter((id) => !had.has(id));
  if (added.length > 0) known.value = [...known.peek(), ...added];
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
    revision.value = revision.peek() + 1;
    forget(id);
  });
}

/** What the server has told, to be kept for a page that opens without it. */
export const snapshot = () => ({ tasks: known.peek().flatMap((id) => confirmed(id) ?? []), gone: [...deleted] });

/** @param {ReturnType<typeof snapshot>} kept */
export function recall({ tasks: had, gone }) {
  merge(...had);
  for (const [id, version] of gone) remove(id, version);
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

/** Whether a task is still to be done. @param {Task} task */
export const isOpen = (task) => task.status === "pending" || task.status === "in_progress";

/** @type {WeakMap<Task, string>} */
const texts = new WeakMap();

/** What a task is found by. @param {Task} task */
function textOf(task) {
  let text = texts.get(task);
  if (text === undefined) texts.set(task, (text = `${task.id} ${task.title} ${task.description ?? ""}`.toLowerCase()));
  return text;
}

/** @type {Record<string, (task: Task) => boolean>} */
const due = {
  overdue: (task) => isOpen(task) && task.due_date !== null && task.due_date < today(),
  today: (task) => task.due_date === today(),
  week: (task) => task.due_date !== null && task.due_date >= today() && task.due_date <= weekFrom(today()),
  none: (task) => task.due_date === null,
};

/** The last of the seven days that begin with this one. @param {string} date */
export const weekFrom = (date) => shifted(date, 6);

/**
 * @param {Task} task
 * @param {import("./route.js").Filters} wanted
 */
function matches(task, wanted) {
  if (wanted.status && task.status !== wanted.status) return false;
  if (wanted.priority && task.priority !== wanted.priority) return false;
  if (wanted.assignee && (task.assigned_to ?? "nobody") !== (wanted.assignee === "me" ? me.id : wanted.assignee)) return false;
  if (wanted.due && !(due[wanted.due]?.(task) ?? true)) return false;
  return !wanted.q || wanted.q.toLowerCase().split(/\s+/).every((word) => textOf(task).includes(word));
}

/**
 * Those that pass the filters.
 * @param {string[]} ids
 * @param {string} [kept] whatever the filters say
 */
export function passing(ids, kept) {
  const wanted = filters.value;
  if (!filtered.value) return ids;
  return ids.filter((id) => {
    const task = shown(id).value;
    return id === kept || (task && matches(task, wanted));
  });
}


merge(...boot.tasks, ...boot.others);
