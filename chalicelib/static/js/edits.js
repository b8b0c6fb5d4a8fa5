// Edits: what people do to tasks. Each is painted at once and waits in the outbox until the server has it.
import { boot, me } from "./boot.js";
import { t } from "./i18n.js";
import { around, rankAt } from "./ranks.js";
import { editables, lay, nameOf, shown } from "./tasks.js";
import { together, undoable } from "./undo.js";
import { batch, computed, signal } from "./vendor/preact.js";
import { fields, statuses } from "./words.js";

/**
 * @typedef {import("./ranks.js").Place} Place
 * @typedef {Partial<TaskFields> & Place} Wanted
 *
 * What is kept in the browser until the server has it. The key makes sending it twice harmless.
 * @typedef {object} Entry
 * @property {string} key
 * @property {string} user
 * @property {string} tab the page that sends it
 * @property {number} at when, in milliseconds; no two the same
 * @property {"create" | "change" | "many" | "destroy" | "restore"} kind
 * @property {string[]} ids
 * @property {string} title for messages
 * @property {Partial<Task>} changes
 * @property {Partial<TaskFields>[]} before what each of the tasks was
 * @property {Place} place
 *
 * An entry on this page: with its paint, and those who wait for it.
 * @typedef {object} Item
 * @property {Entry} entry
 * @property {import("./tasks.js").Edit[]} paint one for each id
 * @property {number} failures of what a closed page left there may have been one
 * @property {number} due not to be sent before
 * @property {boolean} sending
 * @property {boolean} [isUnwanted] somebody gives up what the server did not take
 * @property {() => void} dismiss takes back the question whether to go on
 * @property {() => void} forget takes it out of what can be undone
 * @property {(answer: any) => void} resolve
 * @property {(error: unknown) => void} reject
 *
 * @typedef {{ field: Editable, mine: Task[Editable], theirs: Task[Editable] }} Difference
 * @typedef {{ task: Task, differences: Difference[], decide: (choice: "mine" | "theirs") => void }} Conflict
 */

const again = 2000;
/** What one request may change at most. */
const most = 50;
/** @type {TaskFields} */
const blank = { title: "", description: "", status: "pending", priority: "medium", assigned_to: null, due_date: null };

/** The question that waits for an answer, if there is one. */
export const conflict = signal(/** @type {Conflict | null} */ (null));

/** What the server does not have yet, oldest first. */
export const queue = signal(/** @type {Item[]} */ ([]));

/** How many edits that are. */
export const pending = computed(() => queue.value.length);

/** Whether the last attempt to send one came back without an answer. */
export const stalled = signal(false);

/** This page among those of the same browser. */
export const tab = crypto.randomUUID();

let last = 0;

/**
 * Sets fields, and the place where `after` and `before` say. The promise, as all of these, waits for the
 * server, however long that takes; it is rejected when the server refuses, and then the paint is taken back.
 * @param {string} id
 * @param {Wanted} wanted
 * @param {Partial<TaskFields> | null} [seen] what the person was looking at, if not the task as it is now
 * @returns {Promise<unknown>}
 */
export function change(id, { after, before, ...values }, seen = shown(id).peek()) {
  const task = shown(id).peek();
  if (!task || !seen) return Promise.resolve();
  const names = different(values, seen);
  const place = placeOf(task, values.status, { after, before });
  if (names.length === 0 && !place) return Promise.resolve();
  const [changes, former] = [pick(values, names), pick(seen, names)];
  const back = place || names.includes("status") ? around(task) : {};
  return add(
    { kind: "change", ids: [task.id], title: task.title, changes, before: [former], place: place ?? {} },
    said(task, changes),
    () => void change(task.id, { ...former, ...back }, changes),
  );
}

/**
 * The same for many tasks, and one step to undo.
 * @param {string[]} ids
 * @param {Partial<TaskFields>} wanted
 * @returns {Promise<unknown>}
 */
export function changeMany(ids, wanted) {
  const tasks = ids.flatMap((id) => shown(id).peek() ?? []).filter((task) => different(wanted, task).length > 0);
  if (tasks.length < 2) return Promise.all(tasks.map((task) => change(task.id, wanted)));
  /** @type {Promise<unknown>[]} */
  const parts = [];
  together(t("deed.changed_many", { count: tasks.length }), () => {
    for (let start = 0; start < tasks.length; start += most) parts.push(changeSome(tasks.slice(start, start + most), wanted));
  });
  return Promise.all(parts);
}

/**
 * @param {Task[]} tasks
 * @param {Partial<TaskFields>} changes
 */
function changeSome(tasks, changes) {
  const before = tasks.map((task) => pick(task, different(changes, task)));
  // What they were may differ: each such group goes back in one request.
  const groups = [...new Set(before.map((each) => JSON.stringify(each)))];
  const back = () => {
    for (const group of groups) {
      changeMany(tasks.filter((_, index) => JSON.stringify(before[index]) === group).map(({ id }) => id), JSON.parse(group));
    }
  };
  const title = t("deed.changed_many", { count: tasks.length });
  return add({ kind: "many", ids: tasks.map((task) => task.id), title, changes, before, place: {} }, title, back);
}

/**
 * A new task, at the top of its column. The promise knows the temporary id and brings the task.
 * @param {Partial<TaskFields>} fields
 * @returns {Promise<Task> & { id: string }}
 */
export function create(fields) {
  const given = pick(fields, editables.filter((field) => field in fields));
  const changes = { ...blank, ...given, title: (fields.title ?? "").trim() };
  const id = `new-${crypto.randomUUID().slice(0, 8)}`;
  const created = add(
    { kind: "create", ids: [id], title: changes.title, changes, before: [], place: {} },
    t("deed.created", { title: changes.title }),
    () => withTask(id, destroy),
  );
  return Object.assign(created, { id });
}

/**
 * Into the trash.
 * @param {Task} task
 * @returns {Promise<unknown>}
 */
export function destroy(task) {
  return add(
    { kind: "destroy", ids: [task.id], title: task.title, changes: {}, before: [pick(task, editables)], place: {} },
    t("deed.deleted", { title: task.title }),
    () => void restore({ ...task, id: nameOf(task.id) }),
  );
}

/**
 * Out of the trash again.
 * @param {Task} task
 * @returns {Promise<unknown>}
 */
export function restore(task) {
  return add(
    { kind: "restore", ids: [task.id], title: task.title, changes: task, before: [], place: {} },
    t("deed.restored", { title: task.title }),
    () => withTask(task.id, destroy),
  );
}

/**
 * @param {string} id
 * @param {(task: Task) => unknown} act
 */
function withTask(id, act) {
  const task = shown(id).peek();
  if (task) act(task);
}

/**
 * @param {Omit<Entry, "key" | "user" | "tab" | "at">} deed
 * @param {string} sentence
 * @param {() => void} undo
 */
function add(deed, sentence, undo) {
  last = Math.max(Date.now(), last + 1);
  const entry = { key: crypto.randomUUID(), user: me.id, tab, at: last, ...deed };
  return enter(entry, undoable(sentence, undo));
}

/**
 * Paints an edit and has it sent; also one that a closed page left behind.
 * @param {Entry} entry
 * @param {() => void} [forget]
 * @returns {Promise<any>}
 */
export function enter(entry, forget) {
  const settled = new Promise((resolve, reject) => {
    batch(() => {
      const paint = entry.ids.map((id, index) => painted(entry, id, entry.before[index] ?? {}));
      paint.forEach((edit, index) => lay(entry.ids[index] ?? "", edit));
      const item = { entry, paint, failures: forget ? 0 : 1, due: 0, sending: false, dismiss: () => {}, forget: forget ?? (() => {}), resolve, reject };
      queue.value = [...queue.peek(), item].sort((a, b) => a.entry.at - b.entry.at);
    });
  });
  // Whoever does not wait for it hears of a refusal by a message.
  settled.catch(() => {});
  void send();
  return settled;
}

/** Sending is not part of the first paint; until it has come, edits wait here. @type {(() => void) | undefined} */
let wake;

/** From here on not a moment is lost: the page may be left right after an edit. @param {() => void} act */
export const sendBy = (act) => (wake = act);

async function send() {
  try {
    if (!wake) await import("./outbox.js");
    wake?.();
  } catch {
    setTimeout(send, again);
  }
}

/**
 * What the edit looks like on one of its tasks.
 * @param {Entry} entry
 * @param {string} id
 * @param {Partial<TaskFields>} before
 * @returns {import("./tasks.js").Edit}
 */
function painted({ kind, changes, place, at }, id, before) {
  if (kind === "destroy") return { changes, before, gone: true };
  const now = new Date(at).toISOString();
  const status = changes.status ?? shown(id).peek()?.status ?? "pending";
  const derived = {
    ...((changes.status || place.after || place.before) && { rank: rankAt(place, status) }),
    ...(changes.status && { completed_at: changes.status === "completed" ? now : null }),
  };
  if (kind === "change" || kind === "many") return { changes: { ...changes, ...derived }, before };
  const draft = { id, team: boot.team.key, created_by: me.id, created_at: now, updated_at: now, version: 0, ...derived };
  return { changes: { ...(kind === "create" && draft), ...changes }, before, whole: true };
}

/**
 * The place, if it is not where the task stands.
 * @param {Task} task
 * @param {Status | undefined} status
 * @param {Place} place
 * @returns {Place | null}
 */
function placeOf(task, status = task.status, { after, before }) {
  if (!after && !before) return null;
  const now = around(task);
  const stays = status === task.status && (!after || after === now.after) && (!before || before === now.before);
  return stays ? null : { ...(after && { after }), ...(before && { before }) };
}

/**
 * @param {Partial<TaskFields>} wanted
 * @param {Partial<TaskFields>} seen
 */
const different = (wanted, seen) => editables.filter((field) => field in wanted && wanted[field] !== seen[field]);

/**
 * @param {Partial<TaskFields>} from
 * @param {Editable[]} names
 * @returns {Partial<TaskFields>}
 */
const pick = (from, names) => Object.fromEntries(names.map((name) => [name, from[name]]));

/**
 * What was done, for the message that offers to undo it.
 * @param {Task} task
 * @param {Partial<TaskFields>} changes
 */
function said({ title }, changes) {
  const [name, ...more] = /** @type {Editable[]} */ (Object.keys(changes));
  if (!name) return t("deed.moved", { title });
  if (changes.status === "completed") return t("deed.completed", { title });
  if (changes.status) return t("deed.moved_to", { title, status: statuses[changes.status].label });
  return more.length > 0 ? t("deed.changed", { title }) : t("deed.changed_field", { title, field: fields[name] });
}

/**
 * Why something did not work, for people.
 * @param {unknown} error
 */
export function reason(error) {
  return error instanceof Error ? error.message : t("net.unknown");
}
