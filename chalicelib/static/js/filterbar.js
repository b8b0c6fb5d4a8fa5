// The filter field, the panel with the other filters, and a chip for each that is set.
import { me } from "./boot.js";
import { t } from "./i18n.js";
import { icon } from "./icons.js";
import { members, person } from "./people.js";
import { clearFilters, filters, setFilters } from "./route.js";
import { effect, html } from "./vendor/preact.js";
import { fields, priorities, statuses } from "./words.js";

/** @typedef {import("./route.js").FilterName} FilterName */

/** @type {Record<string, string>} */
const dueLabels = {
  overdue: t("filter.due_overdue"),
  today: t("filter.due_today"),
  week: t("filter.due_week"),
  none: t("filter.due_none"),
};

/** @typedef {Exclude<FilterName, "q">} ChoiceName */

/** @type {Record<ChoiceName, string>} */
const labels = {
  status: fields.status,
  assignee: fields.assigned_to,
  priority: fields.priority,
  due: fields.due_date,
};

/** The choices of the filters that have some. @type {Record<ChoiceName, () => [string, string][]>} */
const choices = {
  status: () => Object.entries(statuses).map(([value, { label }]) => [value, label]),
  assignee: () => [
    ["me", t("filter.me")],
    ["nobody", t("people.nobody")],
    ...members.value.filter(({ id }) => id !== me.id).map(({ id, name }) => /** @type {[string, string]} */ ([id, name])),
  ],
  priority: () => Object.entries(priorities).map(([value, { label }]) => [value, label]),
  due: () => Object.entries(dueLabels),
};

/**
 * What a filter's value is called.
 * @param {ChoiceName} name
 * @param {string} value
 */
function valueOf(name, value) {
  return choices[name]().find(([each]) => each === value)?.[1] ?? person(value)?.name ?? value;
}

/** The chips; each takes its filter away. */
export function FilterChips() {
  // The text stands in its field.
  const set = /** @type {ChoiceName[]} */ (Object.keys(labels)).filter((name) => filters.value[name]);
  if (set.length === 0) return null;
  return html`<ul class="filter-chips" aria-label=${t("filter.active")}>
    ${set.map((name) => html`<li key=${name}>
      <button class="filter-chip" type="button" onClick=${() => setFilters({ [name]: "" })}>
        <span class="visually-hidden">${t("filter.remove")} </span><span class="muted">${labels[name]}</span>
        ${valueOf(name, filters.value[name] ?? "")}${icon("x")}
      </button>
    </li>`)}
    <li><button class="button is-quiet" type="button" onClick=${clearFilters}>${t("filter.clear")}</button></li>
  </ul>`;
}

function Panel() {
  /** @param {ChoiceName} name */
  const field = (name) => html`<div class="field" key=${name}>
    <label for="filter-${name}">${labels[name]}</label>
    <span class="select">
      <select id="filter-${name}" onChange=${(/** @type {{ currentTarget: HTMLSelectElement }} */ { currentTarget }) => setFilters({ [name]: currentTarget.value })}>
        <option value="" selected=${!filters.value[name]}>${t("filter.any")}</option>
        ${choices[name]().map(([value, label]) => html`<option key=${value} value=${value} selected=${filters.value[name] === value}>${label}</option>`)}
      </select>${icon("chevron-down")}
    </span>
  </div>`;
  return html`<div class="filter-panel">${/** @type {ChoiceName[]} */ (Object.keys(labels)).map(field)}</div>`;
}

/** Brings the field and the button that the server has drawn to life. */
export function attachFilters() {
  const input = /** @type {HTMLInputElement} */ (document.getElementById("filter"));
  const button = /** @type {HTMLButtonElement} */ (document.getElementById("filter-more"));
  if (input.value) setFilters({ q: input.value });
  input.addEventListener("input", () => setFilters({ q: input.value }));
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    clearFilters();
    input.value = "";
  });
  effect(() => {
    const q = filters.value.q ?? "";
    if (input.value !== q) input.value = q;
  });
  button.addEventListener("click", async () => {
    const { toggle } = await import("./popover.js");
    toggle({ anchor: button, role: "dialog", label: t("filter.more"), content: () => html`<${Panel} />` });
  });
}
