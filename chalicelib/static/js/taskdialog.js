// One dialog for a task: empty to create one, filled to read and change it.
import { mayEdit } from "./boot.js";
import { change, create } from "./edits.js";
import { Modal } from "./modal.js";
import { close, draft, newTask, opened } from "./opened.js";
import { Delete, TaskForm } from "./taskform.js";
import { TaskReader, origin } from "./taskreader.js";
import { shown } from "./tasks.js";
import { html, signal, useState } from "./vendor/preact.js";

/** What the server had against the draft. */
const faults = signal(/** @type {Record<string, string>} */ ({}));

/** @type {TaskFields} */
const blank = { title: "", description: "", status: "pending", priority: "medium", assigned_to: null, due_date: null };

export function TaskDialog() {
  const id = opened.value;
  if (!id) return null;
  if (id === "new") return html`<${Create} key="new" />`;
  const task = shown(id).value;
  return task ? html`<${Edit} key=${id} task=${task} />` : html`<${Gone} key=${id} />`;
}

function Create() {
  const typed = draft.value;
  const wanted = { ...blank, ...typed };
  const save = () => {
    create(wanted).catch((error) => {
      if (opened.peek() || Object.keys(error.fields ?? {}).length === 0) return;
      error.told = true;
      faults.value = error.fields;
      newTask(wanted);
    });
    draft.value = {};
    close();
  };
  /** @param {Partial<TaskFields>} values */
  const onType = (values) => {
    faults.value = {};
    draft.value = { ...draft.peek(), ...values };
  };
  return html`<${TaskForm} heading="New task" values=${wanted} action="Create task" faults=${faults.value} onType=${onType} onSave=${save} onClose=${close} />`;
}

/** @param {{ task: Task }} props */
function Edit({ task }) {
  const [typed, setTyped] = useState(/** @type {Partial<TaskFields>} */ ({}));
  // The value a field had when it was first touched: if it is another one on saving, somebody else was here.
  const [seen, setSeen] = useState(/** @type {Partial<TaskFields>} */ ({}));
  /** @param {Partial<TaskFields>} values */
  const onType = (values) => {
    const before = Object.fromEntries(Object.keys(values).map((field) => [field, task[/** @type {Editable} */ (field)]]));
    setSeen({ ...before, ...seen });
    setTyped({ ...typed, ...values });
  };
  const save = () => {
    void change(task.id, typed, seen);
    close();
  };
  if (!mayEdit) return html`<${TaskReader} task=${task} onClose=${close} />`;
  return html`<${TaskForm} heading=${task.id} facts=${origin(task)} values=${{ ...task, ...typed }}
    action="Save" onType=${onType} onSave=${save} onClose=${close}
    extra=${html`<${Delete} task=${task} onDone=${close} />`} />`;
}

function Gone() {
  return html`<${Modal} labelledby="gone-title" extra="is-small" onClose=${close}>
    <h2 id="gone-title">This task was deleted</h2>
    <p class="muted">Somebody in your team deleted it while you had it open.</p>
    <div class="modal-foot"><button class="button is-primary" type="button" onClick=${close}>Close</button></div>
  <//>`;
}
