// A task's values as people see them, and as buttons that open the choice where they stand.
import { mayEdit } from "./boot.js";
import { t } from "./i18n.js";
import { icon } from "./icons.js";
import { Avatar, person } from "./people.js";
import { dayLabel, dueState, fullDay } from "./time.js";
import { html } from "./vendor/preact.js";
import { assigneeName, fields, priorities, statuses } from "./words.js";

/**
 * A value that is a button: it says what it is, and opens the choice.
 * @param {{ task: Task, field: "status" | "priority" | "assigned_to" | "due_date", children?: unknown }} props
 */
export function Chip({ task, field, children }) {
  if (!mayEdit) return html`<span class="chip is-fixed">${children}</span>`;
  /** @param {{ currentTarget: HTMLElement }} event */
  const open = async ({ currentTarget }) => {
    const [{ choose }, { change }] = await Promise.all([import("./menus.js"), import("./edits.js")]);
    choose[field](currentTarget, task, (value) => void change(task.id, { [field]: value }));
  };
  return html`<button class="chip" type="button" aria-haspopup=${field === "due_date" ? "dialog" : "menu"} aria-expanded="false"
    onClick=${open} onKeyDown=${openByArrow}><span class="visually-hidden">${fields[field]}: </span>${children}</button>`;
}

/** @param {KeyboardEvent} event */
function openByArrow(event) {
  if (event.key !== "ArrowDown" || event.shiftKey || !(event.currentTarget instanceof HTMLElement)) return;
  event.preventDefault();
  event.stopPropagation();
  event.currentTarget.click();
}

/** @param {{ task: Task }} props */
export const PriorityBadge = ({ task }) => html`<span class="badge is-${task.priority}">${priorities[task.priority].label}</span>`;

/** @param {{ task: Task }} props */
export const StatusBadge = ({ task }) => html`<span class="badge is-${task.status}">${statuses[task.status].label}</span>`;

/** The date as it is said, its state also in a mark and in words. @param {{ task: Task, none?: string }} props */
export function Due({ task, none = "" }) {
  const state = dueState(task);
  if (!task.due_date) return html`<span class="due is-none">${none}</span>`;
  return html`<span class="due is-${state || "set"}">
    ${icon(state === "overdue" ? "calendar-x" : "calendar-clock")}<span>${dayLabel(task.due_date)}</span>
    <span class="visually-hidden">${state === "overdue" ? `, ${t("due.overdue")}` : ""}, ${fullDay(task.due_date)}</span>
  </span>`;
}

/** The face, and for the ear the name. @param {{ task: Task }} props */
export const Assignee = ({ task }) => html`<span class="assignee" title=${assigneeName(task.assigned_to)}>
  <${Avatar} who=${person(task.assigned_to) ?? stranger(task)} /><span class="task-name">${assigneeName(task.assigned_to)}</span>
</span>`;

/**
 * Somebody this page has not met yet: the server sent the name along.
 * @param {Task} task
 */
const stranger = (task) => (task.assigned_to ? { id: task.assigned_to, name: task.assignee_name ?? "?" } : undefined);
