// What people read for the values the API speaks, and a change told as a sentence.
import { t } from "./i18n.js";
import { person, shortName } from "./people.js";
import { dayLabel } from "./time.js";

/** @type {Record<Status, {label: string, icon: string}>} */
export const statuses = {
  pending: { label: t("status.pending"), icon: "circle-dashed" },
  in_progress: { label: t("status.in_progress"), icon: "clock" },
  completed: { label: t("status.completed"), icon: "circle-check" },
  cancelled: { label: t("status.cancelled"), icon: "circle-slash" },
};

/** @type {Record<Priority, {label: string}>} */
export const priorities = {
  urgent: { label: t("priority.urgent") },
  high: { label: t("priority.high") },
  medium: { label: t("priority.medium") },
  low: { label: t("priority.low") },
};

/** @type {Record<Editable, string>} */
export const fields = {
  title: t("field.title"),
  description: t("field.description"),
  status: t("field.status"),
  priority: t("field.priority"),
  assigned_to: t("field.assigned_to"),
  due_date: t("field.due_date"),
};

/** @param {string | null | undefined} id */
export const assigneeName = (id) => (id ? (person(id)?.name ?? "Someone") : "Nobody");

/**
 * @param {Editable} field
 * @param {Task[Editable]} value
 */
export function valueLabel(field, value) {
  if (field === "status") return statuses[/** @type {Status} */ (value)]?.label ?? String(value);
  if (field === "priority") return priorities[/** @type {Priority} */ (value)]?.label ?? String(value);
  if (field === "assigned_to") return assigneeName(value);
  if (field === "due_date") return value ? dayLabel(value) : "No due date";
  return value || "Empty";
}

/** @type {Record<Status, string>} */
const moved = { pending: "reopened", in_progress: "started", completed: "completed", cancelled: "cancelled" };

/**
 * The words before and after the title: "completed <title>", "assigned <title> to Grace".
 * @param {Change} change
 * @returns {[string, string]}
 */
function verb({ action, task, changed = [] }) {
  if (action !== "updated") return [action, ""];
  if (changed.includes("status")) return [moved[task.status] ?? "moved", ""];
  if (changed.length !== 1) return ["updated", ""];
  if (changed[0] === "assigned_to") return assignment(task);
  if (changed[0] === "priority") return ["set", `to ${priorities[task.priority].label.toLowerCase()} priority`];
  if (changed[0] === "due_date") return task.due_date ? ["set", `to be due ${dayLabel(task.due_date)}`] : ["took the due date off", ""];
  if (changed[0] === "title") return ["renamed", ""];
  return ["described", ""];
}

/** @param {Task} task @returns {[string, string]} */
function assignment(task) {
  const who = person(task.assigned_to);
  if (!task.assigned_to) return ["unassigned", ""];
  return ["assigned", `to ${who ? shortName(who).replace(/^You$/, "you") : "someone"}`];
}

/**
 * @param {Change} change
 * @returns {{who: string, before: string, title: string, after: string}}
 */
export function sentence(change) {
  const [before, after] = verb(change);
  return { who: shortName(change.actor), before, title: change.task.title, after };
}

/** @param {Change} change */
export function spoken(change) {
  const { who, before, title, after } = sentence(change);
  return [who, before, title, after].filter(Boolean).join(" ");
}
