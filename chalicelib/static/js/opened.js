// Which task is open, and whether a new one is being written or a command chosen. An open task's address is #task-TF-42,
// so that a mail can point at it and Back closes it.
import { Problem, request } from "./api.js";
import { t } from "./i18n.js";
import { merge, nameOf, shown } from "./tasks.js";
import { signal } from "./vendor/preact.js";

const prefix = "#task-";
const pattern = /^#task-([A-Za-z0-9-]+)$/;

/** The id of the task that is open. */
export const opened = signal(/** @type {string | null} */ (null));

/** What a new task begins with, while one is written. */
export const adding = signal(/** @type {Partial<TaskFields> | null} */ (null));

/** Whether the palette is open. */
export const palette = signal(false);

/** Whether Back leads to where the task was opened. */
let entered = false;

/** @param {string} id */
export const taskAddress = (id) => prefix + id;

/** @param {string} id */
export function openTask(id) {
  if (!opened.peek()) location.hash = taskAddress(id);
  else {
    history.replaceState(history.state, "", taskAddress(id));
    void followAddress();
  }
}

/** @param {Partial<TaskFields> | Event} [preset] to begin with */
export const newTask = (preset) => (adding.value = !preset || preset instanceof Event ? {} : preset);

export function close() {
  opened.value = null;
  if (!pattern.test(location.hash)) return;
  if (entered) history.back();
  else leave();
}

/** Closes the task on the way to another address. */
export function leave() {
  opened.value = null;
  entered = false;
  if (pattern.test(location.hash)) history.replaceState(history.state, "", location.pathname + location.search);
}

/**
 * Follows the address: a link in a mail, a title on a card, Back.
 * @param {HashChangeEvent} [change]
 */
export async function followAddress(change) {
  const address = location.hash;
  const id = nameOf(pattern.exec(address)?.[1] ?? "");
  if (change) entered = Boolean(id) && (entered || !pattern.test(new URL(change.oldURL).hash));
  try {
    if (id && !shown(id).peek()) merge(await request("GET", `/api/tasks/${id}`));
    if (location.hash === address) opened.value = id || null;
  } catch (error) {
    if (location.hash === address) leave();
    const [{ reason }, { sayError }] = await Promise.all([import("./edits.js"), import("./toasts.js")]);
    sayError(error instanceof Problem && error.status === 404 ? t("task.none", { id }) : reason(error));
  }
}
