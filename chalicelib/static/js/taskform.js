// The form of a task in its dialog: saving, faults beside the fields, and deleting.
import { destroy } from "./edits.js";
import { icon } from "./icons.js";
import { Modal } from "./modal.js";
import { TaskFields } from "./taskfields.js";
import { html, useLayoutEffect, useRef, useState } from "./vendor/preact.js";
import { fields } from "./words.js";

/**
 * @param {{ heading: string, facts?: string, values: TaskFields, action: string, extra?: unknown,
 *   faults?: Record<string, string>, onType: (values: Partial<TaskFields>) => void, onSave: () => void, onClose: () => void }} props
 */
export function TaskForm({ heading, facts, values, action, faults = {}, extra, onType, onSave, onClose }) {
  const [errors, setErrors] = useState(faults);
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));

  /** @param {Record<string, string>} found */
  const show = (found) => {
    setErrors(found);
    const first = Object.keys(fields).find((name) => found[name]);
    const control = first && form.current?.elements.namedItem(first);
    if (control instanceof HTMLElement) control.focus();
  };
  // The server's faults arrive after the form was closed: it opens again with them.
  useLayoutEffect(() => {
    if (Object.keys(faults).length > 0) show(faults);
  }, []);
  /** @param {Event} event */
  const submit = (event) => {
    event.preventDefault();
    const found = typingFaults(values, form.current);
    if (Object.keys(found).length > 0) return show(found);
    onSave();
  };
  /** @param {KeyboardEvent} event */
  const onKey = (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void submit(event);
  };
  return html`<${Modal} labelledby="task-dialog-title" onClose=${onClose}>
    <form class="task-form" ref=${form} noValidate onSubmit=${submit} onKeyDown=${onKey}>
      <header class="modal-head">
        <div><h2 id="task-dialog-title">${heading}</h2>${facts && html`<p class="muted">${facts}</p>`}</div>
        <button class="icon-button" type="button" aria-label="Close" onClick=${onClose}>${icon("x")}</button>
      </header>
      <${TaskFields} values=${values} errors=${errors} onType=${onType} />
      <footer class="modal-foot">
        ${extra}
        <button class="button" type="button" onClick=${onClose}>Cancel</button>
        <button class="button is-primary" type="submit">${action}</button>
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

/**
 * Asks once more on the button itself; moving on takes the question back.
 * @param {{ task: Task, onDone: () => void }} props
 */
export function Delete({ task, onDone }) {
  const [sure, setSure] = useState(false);
  const remove = () => {
    void destroy(task);
    onDone();
  };
  return html`<button class="button modal-delete ${sure ? "is-danger" : "is-quiet"}" type="button"
    onClick=${sure ? remove : () => setSure(true)} onBlur=${() => setSure(false)}>
    ${icon("trash-2")}${sure ? "Delete for everybody?" : "Delete"}
  </button>`;
}
