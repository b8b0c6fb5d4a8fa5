// One dialog for a task: empty to create one, filled to read and change it. Its address is #task-TF-42.
import { Problem, request } from "./api.js";
import { boot } from "./boot.js";
import { change, destroy, reason } from "./edits.js";
import { icon } from "./icons.js";
import { Modal } from "./modal.js";
import { TaskFields } from "./taskfields.js";
import { merge, shown } from "./tasks.js";
import { fullMoment } from "./time.js";
import { sayDone, sayError } from "./toasts.js";
import { html, signal, useRef, useState } from "./vendor/preact.js";

/** The task on the screen: "new", an id, or none. */
const opened = signal(/** @type {string | null} */ (null));

/** What was typed into a new task that is not created yet: closing the dialog does not lose it. */
const draft = signal(/** @type {Partial<TaskFields>} */ ({}));

/** @type {TaskFields} */
const blank = { title: "", description: "", status: "pending", priority: "medium", assigned_to: null, due_date: null };
const prefix = "#task-";

/** @param {string} id */
export const taskAddress = (id) => prefix + id;

export function newTask() {
  opened.value = "new";
}

/** Follows the address: a link in a mail, a title in the list, Back. */
export async function followAddress() {
  const id = location.hash.startsWith(prefix) ? decodeURIComponent(location.hash.slice(prefix.length)) : "";
  if (!id) {
    if (opened.peek() !== "new") opened.value = null;
    return;
  }
  try {
    if (!shown(id).peek()) merge(await request("GET", `/api/tasks/${encodeURIComponent(id)}`));
    opened.value = id;
  } catch (error) {
    close();
    sayError(error instanceof Problem && error.status === 404 ? `There is no task ${id} any more.` : reason(error));
  }
}

function close() {
  opened.value = null;
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
}

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
  const create = async () => {
    const body = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== null));
    const task = await request("POST", "/api/tasks", { body: { ...body, team: boot.team.key } });
    merge(task);
    draft.value = {};
    close();
    sayDone(`Created “${task.title}”`);
  };
  /** @param {Partial<TaskFields>} values */
  const onType = (values) => (draft.value = { ...draft.peek(), ...values });
  return html`<${Form} heading="New task" values=${wanted} action="Create task" busy="Creating…" onType=${onType} onSave=${create} />`;
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
  const save = async () => {
    await change(task.id, typed, seen);
    close();
  };
  const facts = [task.id, task.creator_name && `created by ${task.creator_name}`, fullMoment(task.created_at)];
  return html`<${Form} heading=${task.id} facts=${facts.filter(Boolean).slice(1).join(", ")} values=${{ ...task, ...typed }}
    action="Save" busy="Saving…" onType=${onType} onSave=${save} extra=${html`<${Delete} task=${task} />`} />`;
}

function Gone() {
  return html`<${Modal} labelledby="gone-title" extra="is-small" onClose=${close}>
    <h2 id="gone-title">This task was deleted</h2>
    <p class="muted">Somebody in your team deleted it while you had it open.</p>
    <div class="modal-foot"><button class="button is-primary" type="button" onClick=${close}>Close</button></div>
  <//>`;
}

/**
 * @param {{ heading: string, facts?: string, values: TaskFields, action: string, busy: string, extra?: unknown,
 *   onType: (values: Partial<TaskFields>) => void, onSave: () => Promise<void> }} props
 */
function Form({ heading, facts, values, action, busy, extra, onType, onSave }) {
  const [saving, setSaving] = useState(false);
  const [errors, setErrors] = useState(/** @type {Record<string, string>} */ ({}));
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));

  /** @param {Record<string, string>} found */
  const show = (found) => {
    setErrors(found);
    const first = ["title", "description", "status", "priority", "assigned_to", "due_date"].find((name) => found[name]);
    const control = first && form.current?.elements.namedItem(first);
    if (control instanceof HTMLElement) control.focus();
  };
  /** @param {Event} event */
  const submit = async (event) => {
    event.preventDefault();
    if (saving) return;
    const faults = typingFaults(values, form.current);
    if (Object.keys(faults).length > 0) return show(faults);
    setSaving(true);
    setErrors({});
    try {
      await onSave();
    } catch (error) {
      setSaving(false);
      show(error instanceof Problem && Object.keys(error.fields).length > 0 ? error.fields : { form: reason(error) });
    }
  };
  /** @param {KeyboardEvent} event */
  const onKey = (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void submit(event);
  };
  return html`<${Modal} labelledby="task-dialog-title" onClose=${close}>
    <form class="task-form" ref=${form} noValidate onSubmit=${submit} onKeyDown=${onKey}>
      <header class="modal-head">
        <div><h2 id="task-dialog-title">${heading}</h2>${facts && html`<p class="muted">${facts}</p>`}</div>
        <button class="icon-button" type="button" aria-label="Close" onClick=${close}>${icon("x")}</button>
      </header>
      ${errors.form && html`<div class="notice is-error" role="alert">${icon("circle-alert")}<p>${errors.form}</p></div>`}
      <${TaskFields} values=${values} errors=${errors} onType=${onType} />
      <footer class="modal-foot">
        ${extra}
        <button class="button" type="button" onClick=${close}>Cancel</button>
        <button class="button is-primary" type="submit" aria-disabled=${saving}>${saving ? busy : action}</button>
      </footer>
    </form>
  <//>`;
}

/**
 * What needs no server to be seen.
 * @param {TaskFields} values
 * @param {HTMLFormElement | null} form
 */
function typingFaults(values, form) {
  /** @type {Record<string, string>} */
  const faults = {};
  if (!values.title.trim()) faults.title = "Title is required";
  const due = form?.elements.namedItem("due_date");
  if (due instanceof HTMLInputElement && due.validity.badInput) faults.due_date = "Enter a whole date, or none";
  return faults;
}

/** @param {{ task: Task }} props */
function Delete({ task }) {
  const [sure, setSure] = useState(false);
  const remove = async () => {
    try {
      await destroy(task);
      close();
      sayDone(`Deleted “${task.title}”`);
    } catch (error) {
      setSure(false);
      sayError(`“${task.title}” was not deleted. ${reason(error)}`);
    }
  };
  return html`<button class="button modal-delete ${sure ? "is-danger" : "is-quiet"}" type="button"
    onClick=${sure ? remove : () => setSure(true)} onBlur=${() => setSure(false)}>
    ${icon("trash-2")}${sure ? "Delete for everybody?" : "Delete"}
  </button>`;
}
