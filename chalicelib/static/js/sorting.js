// The order of the list. Without a choice it is the board's; where values are equal, too.
import { locale } from "./i18n.js";
import { columns } from "./load.js";
import { person } from "./people.js";
import { shown } from "./tasks.js";

/** @typedef {"title" | "assignee" | "priority" | "status" | "due"} SortName */

const collator = new Intl.Collator(locale, { numeric: true, sensitivity: "base" });
const urgency = ["urgent", "high", "medium", "low"];

/**
 * What a task is sorted by; null is last, whichever the direction.
 * @type {Record<SortName, (task: Task) => string | number | null>}
 */
const keys = {
  title: (task) => task.title,
  assignee: (task) => (task.assigned_to ? (person(task.assigned_to)?.name ?? task.assignee_name ?? null) : null),
  priority: (task) => urgency.indexOf(task.priority),
  status: (task) => columns.indexOf(task.status),
  due: (task) => task.due_date,
};

/**
 * Up, then down, then as it was.
 * @param {SortName} name
 * @param {string | null} direction the present one
 */
export const sorts = (name, direction) => (direction === "ascending" ? `-${name}` : direction ? "" : name);

/**
 * @param {string[]} ids
 * @param {string} sort as in the address: "due", "-due"
 */
export function sorted(ids, sort) {
  const key = keys[/** @type {SortName} */ (sort.replace("-", ""))];
  if (!key) return ids;
  const sign = sort.startsWith("-") ? -1 : 1;
  return ids
    .map((id) => ({ id, value: valueOf(id, key) }))
    .sort((a, b) => {
      if (a.value === null || b.value === null) return Number(a.value === null) - Number(b.value === null);
      return sign * compare(a.value, b.value);
    })
    .map(({ id }) => id);
}

/**
 * @param {string} id
 * @param {(task: Task) => string | number | null} key
 */
function valueOf(id, key) {
  const task = shown(id).value;
  return task && key(task);
}

/**
 * @param {string | number} a
 * @param {string | number} b
 */
const compare = (a, b) => (typeof a === "number" ? a - Number(b) : collator.compare(a, String(b)));
