// What people read for the values the API speaks, and a change told as a sentence.
import { me } from "./boot.js";
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
export const assigneeName = (id) => (id ? (person(id)?.name ?? t("people.someone")) : t("people.nobody"));

/**
 * @param {Editable} field
 * @param {Task[Editable]} value
 */
export function valueLabel(field, value) {
  if (field === "status") return statuses[/** @type {Status} */ (value)]?.label ?? String(value);
  if (field === "priority") return priorities[/** @type {Priority} */ (value)]?.label ?? String(value);
  if (field === "assigned_to") return assigneeName(value);
  if (field === "due_date") return value ? dayLabel(value) : t("due.none");
  return value || t("field.empty");
}

/** @type {Record<Status, string>} */
const moved = {
  pending: "change.reopened",
  in_progress: "change.started",
  completed: "change.completed",
  cancelled: "change.cancelled",
};

/** @type {Partial<Record<string, string>>} */
const alone = { title: "change.renamed", description: "change.described", rank: "change.moved" };

/**
 * Which sentence tells the change, and with what in it besides who and the title.
 * @param {Change} change
 * @returns {[key: string, params?: Record<string, string>]}
 */
function telling({ action, restored, task, changed = [] }) {
  if (restored) return ["change.restored"];
  if (action === "created") return ["change.created"];
  if (action === "deleted") return ["change.deleted"];
  if (changed.includes("status")) return [moved[task.status] ?? "change.updated"];
  const [field, ...others] = changed.length > 1 ? changed.filter((name) => name !== "rank") : changed;
  if (others.length > 0) return ["change.updated"];
  if (field === "assigned_to") return assignment(task);
  if (field === "priority") return ["change.priority", { priority: priorities[task.priority].label.toLowerCase() }];
  if (field === "due_date") return task.due_date ? ["change.due", { due: dayLabel(task.due_date) }] : ["change.no_due"];
  return [alone[field ?? ""] ?? "change.updated"];
}

/** @param {Task} task @returns {[key: string, params?: Record<string, string>]} */
function assignment(task) {
  if (!task.assigned_to) return ["change.unassigned"];
  if (task.assigned_to === me.id) return ["change.assigned_you"];
  const who = person(task.assigned_to);
  return ["change.assigned", { to: who ? shortName(who) : t("people.somebody") }];
}

/**
 * The words around the title: in every language who comes first, the title later.
 * @param {Change} change
 * @returns {{who: string, before: string, title: string, after: string}}
 */
export function sentence(change) {
  const [key, params] = telling(change);
  const gap = "\0";
  const [, before = "", after = ""] = t(key, { ...params, who: gap, title: gap }).split(gap);
  return { who: shortName(change.actor), before: before.trim(), title: change.task.title, after: after.trim() };
}

/** @param {Change} change */
export function spoken(change) {
  const { who, before, title, after } = sentence(change);
  return [who, before, title, after].filter(Boolean).join(" ");
}
