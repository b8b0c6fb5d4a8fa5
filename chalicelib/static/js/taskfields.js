// The fields of a task in a form, each with its fault beside it.
import { icon } from "./icons.js";
import { t } from "./i18n.js";
import { me } from "./boot.js";
import { members } from "./people.js";
import { html } from "./vendor/preact.js";
import { fields, priorities, statuses } from "./words.js";

/** @typedef {{ values: TaskFields, errors: Record<string, string>, onType: (values: Partial<TaskFields>) => void }} Props */

/** @param {Props} props */
export function TaskFields({ values, errors, onType }) {
  /** @param {Editable} name */
  const common = (name) => ({
    id: `task-${name}`,
    name,
    "aria-invalid": errors[name] ? "true" : null,
    "aria-describedby": errors[name] ? `task-${name}-error` : null,
  });
  /** @param {Editable} name @returns {(event: {currentTarget: HTMLInputElement}) => void} */
  const typed = (name) => ({ currentTarget }) => onType({ [name]: currentTarget.value });
  /** @param {Editable} name @returns {(event: {currentTarget: HTMLInputElement}) => void} */
  const chosen = (name) => ({ currentTarget }) => onType({ [name]: currentTarget.value || null });

  return html`
    <${Field} name="title" errors=${errors}>
      <input ...${common("title")} type="text" value=${values.title} onInput=${typed("title")} required autofocus
        autocomplete="off" placeholder=${t("task.title_hint")} />
    <//>
    <${Field} name="description" errors=${errors} optional>
      <textarea ...${common("description")} value=${values.description} onInput=${typed("description")} rows="4"></textarea>
    <//>
    <div class="field-pair">
      <${Field} name="status" errors=${errors}>
        <${Select} ...${common("status")} value=${values.status} onChange=${typed("status")}>${options(statuses, values.status)}<//>
      <//>
      <${Field} name="priority" errors=${errors}>
        <${Select} ...${common("priority")} value=${values.priority} onChange=${typed("priority")}>${options(priorities, values.priority)}<//>
      <//>
      <${Field} name="assigned_to" errors=${errors}>
        <${Select} ...${common("assigned_to")} value=${values.assigned_to ?? ""} onChange=${chosen("assigned_to")}>
          <option value="" selected=${!values.assigned_to}>${t("people.nobody")}</option>
          ${members.value.map((who) => html`<option key=${who.id} value=${who.id} selected=${who.id === values.assigned_to}>${who.id === me.id ? t("people.with_you", { name: who.name }) : who.name}</option>`)}
        <//>
      <//>
      <${Field} name="due_date" errors=${errors} optional>
        <input ...${common("due_date")} type="date" value=${values.due_date ?? ""} onInput=${chosen("due_date")} />
      <//>
    </div>
  `;
}

/** @param {{ name: Editable, errors: Record<string, string>, optional?: boolean, children?: unknown }} props */
function Field({ name, errors, optional, children }) {
  return html`<div class="field">
    <label for=${`task-${name}`}>${fields[name]}${optional && html` <span class="muted">${t("field.optional")}</span>`}</label>
    ${children}
    ${errors[name] && html`<p class="field-error" id=${`task-${name}-error`}>${icon("circle-alert")}<span>${errors[name]}</span></p>`}
  </div>`;
}

/** Browsers draw the arrow each in their own way, and none in our colours. @param {{ children?: unknown }} props */
function Select({ children, ...rest }) {
  return html`<span class="select"><select ...${rest}>${children}</select>${icon("chevron-down")}</span>`;
}

/**
 * @param {Record<string, {label: string}>} values
 * @param {string} current
 */
function options(values, current) {
  return Object.entries(values).map(
    ([value, { label }]) => html`<option key=${value} value=${value} selected=${value === current}>${label}</option>`,
  );
}
