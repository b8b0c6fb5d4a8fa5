// A task for somebody who may not change it.
import { icon } from "./icons.js";
import { Modal } from "./modal.js";
import { person } from "./people.js";
import { fullMoment } from "./time.js";
import { html } from "./vendor/preact.js";
import { fields, valueLabel } from "./words.js";

/** @type {Editable[]} */
const facts = ["status", "priority", "assigned_to", "due_date"];

/** @param {Task} task */
export function origin(task) {
  const creator = person(task.created_by)?.name ?? task.creator_name ?? "Someone";
  return `Created by ${creator}, ${fullMoment(task.created_at)}`;
}

/** @param {{ task: Task, onClose: () => void }} props */
export function TaskReader({ task, onClose }) {
  return html`<${Modal} labelledby="task-dialog-title" onClose=${onClose}>
    <header class="modal-head">
      <div><h2 id="task-dialog-title">${task.title}</h2><p class="muted">${task.id} · ${origin(task)}</p></div>
      <button class="icon-button" type="button" aria-label="Close" onClick=${onClose}>${icon("x")}</button>
    </header>
    <p class="task-description">${task.description || "No description"}</p>
    <dl class="task-facts">
      ${facts.map((field) => html`<div key=${field}><dt>${fields[field]}</dt><dd>${valueLabel(field, task[field])}</dd></div>`)}
    </dl>
  <//>`;
}
