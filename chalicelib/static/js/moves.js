// Moves a task by hand, whichever way it was asked for: dragged, by keys, or from its menu.
// A place is named by the neighbours that are on the screen; the server finds the rank.
import { announce } from "./announcer.js";
import { change } from "./edits.js";
import { t } from "./i18n.js";
import { column, columns } from "./load.js";
import { shown } from "./tasks.js";
import { statuses } from "./words.js";

/**
 * What the board shows of a column, from top to bottom.
 * @param {Status} status
 * @param {string} [except]
 */
export function seen(status, except) {
  return column(status).seen.peek().filter((id) => id !== except);
}

/**
 * Puts a task so that as many of the visible ones are above it.
 * @param {string} id
 * @param {Status} status
 * @param {number} index
 */
export function moveTo(id, status, index) {
  const task = shown(id).peek();
  if (!task) return;
  const others = seen(status, id);
  const place = Math.max(0, Math.min(index, others.length));
  if (status === task.status && seen(status).indexOf(id) === place) return;
  const [after, before] = [others[place - 1], others[place]];
  void change(id, { status, ...(after && { after }), ...(before && { before }) });
  announce(
    t("board.moved", { title: task.title, column: statuses[status].label, place: place + 1, total: others.length + 1 }),
  );
}

/**
 * Up or down in its column.
 * @param {string} id
 * @param {number} step
 */
export function moveBy(id, step) {
  const task = shown(id).peek();
  if (!task) return;
  const here = seen(task.status);
  const place = here.indexOf(id) + step;
  if (place >= 0 && place < here.length) moveTo(id, task.status, place);
}

/**
 * To the column on the left or on the right, at the height where it is.
 * @param {string} id
 * @param {number} step
 */
export function moveAcross(id, step) {
  const task = shown(id).peek();
  const status = task && columns[columns.indexOf(task.status) + step];
  if (status) moveTo(id, status, seen(task.status).indexOf(id));
}

/** @param {string} id */
export function moveToTop(id) {
  const task = shown(id).peek();
  if (task) moveTo(id, task.status, 0);
}

/**
 * The end of a column may not be here yet.
 * @param {string} id
 */
export async function moveToBottom(id) {
  const task = shown(id).peek();
  if (!task) return;
  const { whole, state, more } = column(task.status);
  do await more();
  while (!whole.peek() && state.peek() === "idle");
  moveTo(id, task.status, Infinity);
}
