// Which task is open. Its address is #task-TF-42, so that a mail can point at it and Back closes it.
import { Problem, request } from "./api.js";
import { reason } from "./edits.js";
import { merge, shown } from "./tasks.js";
import { sayError } from "./toasts.js";
import { signal } from "./vendor/preact.js";

const prefix = "#task-";
const pattern = /^#task-([A-Za-z0-9-]+)$/;

/** The task in the dialog: "new", an id, or none. */
export const opened = signal(/** @type {string | null} */ (null));

/** @param {string} id */
export const taskAddress = (id) => prefix + id;

/** What was typed into a new task that is not created yet: closing the dialog does not lose it. */
export const draft = signal(/** @type {Partial<TaskFields>} */ ({}));

/** @param {Partial<TaskFields> | Event} [fields] to begin with */
export function newTask(fields) {
  if (fields && !(fields instanceof Event)) draft.value = fields;
  opened.value = "new";
}

export function close() {
  opened.value = null;
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
}

/** Follows the address: a link in a mail, a title in the list, Back. */
export async function followAddress() {
  const address = location.hash;
  const id = pattern.exec(address)?.[1];
  if (!id) {
    if (opened.peek() !== "new") opened.value = null;
    return;
  }
  try {
    if (shown(id).peek()?.description === undefined) merge(await request("GET", `/api/tasks/${id}`));
    if (location.hash === address) opened.value = id;
  } catch (error) {
    if (location.hash === address) close();
    sayError(error instanceof Problem && error.status === 404 ? `There is no task ${id} any more.` : reason(error));
  }
}
