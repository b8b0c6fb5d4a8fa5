// The newest tasks, each with what people change most often editable where it stands.
import { mayEdit } from "./boot.js";
import { change } from "./edits.js";
import { marked } from "./feed.js";
import { icon } from "./icons.js";
import { newTask, taskAddress } from "./opened.js";
import { Avatar, person } from "./people.js";
import { stats } from "./stats.js";
import { keyOf, known, shown } from "./tasks.js";
import { dayLabel, dueState, fullDay } from "./time.js";
import { computed, html, useComputed } from "./vendor/preact.js";
import { assigneeName, fields, priorities, statuses } from "./words.js";

const most = 10;
const recent = computed(() => known.value.slice(0, most));

export function Recent() {
  const ids = recent.value;
  const total = Math.max(stats.value.total_tasks, ids.length);
  return html`
    <header class="panel-head">
      <h2 id="recent-title">Recent tasks</h2>
      ${total > ids.length && html`<p class="muted">The ${ids.length} newest of ${total}</p>`}
    </header>
    ${ids.length === 0 ? html`<${Empty} />` : html`<${Table} ids=${ids} />`}
  `;
}

function Empty() {
  return html`<div class="empty">
    ${icon("list-todo")}
    <h3>No tasks yet</h3>
    <p class="muted">${mayEdit ? "Write down the first thing your team has to do. Everybody sees it at once." : "What your team writes down appears here at once."}</p>
    ${mayEdit && html`<button class="button is-primary" type="button" onClick=${newTask}>${icon("plus")}Create the first task</button>
      <p class="muted">or press <kbd>N</kbd> anywhere</p>`}
  </div>`;
}

/** @param {{ ids: string[] }} props */
function Table({ ids }) {
  // The roles are spelt out because a phone's layout turns rows into grids, which loses them in some browsers.
  return html`<table class="tasks" role="table" aria-labelledby="recent-title">
    <thead role="rowgroup">
      <tr role="row">
        ${["Title", "Assignee", "Priority", "Status", "Due"].map((name) => html`<th scope="col" role="columnheader" key=${name}>${name}</th>`)}
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${ids.map((id) => html`<${Row} key=${keyOf(id)} id=${id} />`)}
    </tbody>
  </table>`;
}

/** @param {{ id: string }} props */
function Row({ id }) {
  const task = shown(id).value;
  const isMarked = useComputed(() => marked.value.has(id)).value;
  if (!task) return null;
  const due = dueState(task);
  return html`<tr role="row" class="task-row is-${task.status}${isMarked ? " is-marked" : ""}" data-task=${id}>
    <td role="cell" class="task-title"><a href=${taskAddress(id)}><span>${task.title}</span></a></td>
    <td role="cell" class="task-assignee">
      <${Chip} task=${task} field="assigned_to">
        <${Avatar} who=${person(task.assigned_to) ?? stranger(task)} /><span class="task-name">${assigneeName(task.assigned_to)}</span>
      <//>
    </td>
    <td role="cell" class="task-priority">
      <${Chip} task=${task} field="priority">
        <span class="badge is-${task.priority}">${priorities[task.priority].label}</span>
      <//>
    </td>
    <td role="cell" class="task-status">
      <${Chip} task=${task} field="status">
        <span class="badge is-${task.status}">${statuses[task.status].label}</span>
      <//>
    </td>
    <td role="cell" class="task-due">
      <${Chip} task=${task} field="due_date">
        <span class="due is-${due || (task.due_date ? "set" : "none")}">
          ${icon(due === "overdue" ? "calendar-x" : "calendar-clock")}<span>${task.due_date ? dayLabel(task.due_date) : "No date"}</span>
          <span class="visually-hidden">${aboutDue(task, due)}</span>
        </span>
      <//>
    </td>
  </tr>`;
}

/**
 * A value that is a button: it says what it is, and opens the choice.
 * @param {{ task: Task, field: "status" | "priority" | "assigned_to" | "due_date", children?: unknown }} props
 */
function Chip({ task, field, children }) {
  if (!mayEdit) return html`<span class="chip is-fixed">${children}</span>`;
  /** @param {unknown} value */
  const pick = (value) => void change(task.id, { [field]: value });
  /** @param {{ currentTarget: HTMLElement }} event */
  const open = async ({ currentTarget }) => {
    const { choose } = await import("./menus.js");
    choose[field](currentTarget, task, pick);
  };
  return html`<button class="chip" type="button" aria-haspopup=${field === "due_date" ? "dialog" : "menu"} aria-expanded="false"
    onClick=${open} onKeyDown=${openByArrow}><span class="visually-hidden">${fields[field]}: </span>${children}</button>`;
}

/** @param {KeyboardEvent} event */
function openByArrow(event) {
  if (event.key !== "ArrowDown" || !(event.currentTarget instanceof HTMLElement)) return;
  event.preventDefault();
  event.currentTarget.click();
}

/**
 * What the colour and "in 2 days" leave to the eye.
 * @param {Task} task
 * @param {string} due
 */
function aboutDue(task, due) {
  if (!task.due_date) return "";
  return `${due === "overdue" ? ", overdue" : ""}, ${fullDay(task.due_date)}`;
}

/**
 * Somebody this page has not met yet: the server sent the name along.
 * @param {Task} task
 */
const stranger = (task) => (task.assigned_to ? { id: task.assigned_to, name: task.assignee_name ?? "?" } : undefined);
