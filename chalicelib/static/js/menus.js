// What a task's chips open: a choice of status, priority or assignee, and a small date picker.
import { me } from "./boot.js";
import { t } from "./i18n.js";
import { icon } from "./icons.js";
import { Avatar, members } from "./people.js";
import { close, toggle } from "./popover.js";
import { dayFromToday, fullDay } from "./time.js";
import { html } from "./vendor/preact.js";
import { priorities, statuses } from "./words.js";

/** @typedef {(value: any) => void} Pick */
/** @typedef {{ value: string | null, label: string, mark?: unknown }} Choice */

/** What opens for a field: at the anchor, for the task, with what to do about the choice. */
export const choose = {
  status: chooseStatus,
  priority: choosePriority,
  assigned_to: chooseAssignee,
  due_date: chooseDue,
};

/**
 * @param {HTMLElement} anchor
 * @param {Task} task
 * @param {Pick} pick
 */
function chooseStatus(anchor, task, pick) {
  const choices = Object.entries(statuses).map(([value, { label, icon: name }]) => ({
    value,
    label,
    mark: icon(name, `is-${value}`),
  }));
  menu(anchor, t("menu.status", { title: task.title }), choices, task.status, pick);
}

/**
 * @param {HTMLElement} anchor
 * @param {Task} task
 * @param {Pick} pick
 */
function choosePriority(anchor, task, pick) {
  const choices = Object.entries(priorities).map(([value, { label }]) => ({
    value,
    label,
    mark: html`<span class="swatch is-${value}"></span>`,
  }));
  menu(anchor, t("menu.priority", { title: task.title }), choices, task.priority, pick);
}

/**
 * @param {HTMLElement} anchor
 * @param {Task} task
 * @param {Pick} pick
 */
function chooseAssignee(anchor, task, pick) {
  const others = members.value.filter((who) => who.id !== me.id);
  const choices = [
    ...members.value.filter((who) => who.id === me.id),
    ...others.sort((a, b) => a.name.localeCompare(b.name)),
  ].map((who) => ({
    value: who.id,
    label: who.id === me.id ? t("people.with_you", { name: who.name }) : who.name,
    mark: html`<${Avatar} who=${who} />`,
  }));
  const nobody = { value: null, label: t("people.nobody"), mark: html`<${Avatar} />` };
  menu(anchor, t("menu.assignee", { title: task.title }), [nobody, ...choices], task.assigned_to, pick);
}

/**
 * @param {HTMLElement} anchor
 * @param {string} label
 * @param {Choice[]} choices
 * @param {string | null} current
 * @param {Pick} pick
 */
function menu(anchor, label, choices, current, pick) {
  const content = () =>
    choices.map(
      ({ value, label: text, mark }) => html`<button class="menu-item" type="button" role="menuitemradio" tabindex="-1"
        aria-checked=${value === current} key=${value} onClick=${() => take(value, pick)}>
        ${mark}<span class="menu-label">${text}</span>${value === current && icon("check")}
      </button>`,
    );
  toggle({ anchor, role: "menu", label, content });
}

/**
 * @param {HTMLElement} anchor
 * @param {Task} task
 * @param {Pick} pick
 */
function chooseDue(anchor, task, pick) {
  const days = [
    { value: dayFromToday(0), label: t("due.today") },
    { value: dayFromToday(1), label: t("due.tomorrow") },
    { value: dayFromToday(7), label: t("due.in_a_week") },
    { value: null, label: t("due.none") },
  ];
  const content = () => html`
    ${days.map(
      ({ value, label }) => html`<button class="menu-item" type="button" key=${label} aria-pressed=${value === task.due_date}
        title=${value ? fullDay(value) : null} onClick=${() => take(value, pick)}>
        ${icon(value ? "calendar" : "calendar-x")}<span class="menu-label">${label}</span>
        ${value === task.due_date && icon("check")}
      </button>`,
    )}
    <form class="menu-date" onSubmit=${(/** @type {SubmitEvent} */ event) => takeDate(event, pick)}>
      <label for="due-picker">${t("due.other_day")}</label>
      <input class="input" id="due-picker" type="date" name="day" defaultValue=${task.due_date ?? ""} required />
      <button class="button" type="submit">${t("due.set")}</button>
    </form>`;
  toggle({ anchor, role: "dialog", label: t("menu.due_date", { title: task.title }), content });
}

/**
 * @param {SubmitEvent} event
 * @param {Pick} pick
 */
function takeDate(event, pick) {
  event.preventDefault();
  const day = new FormData(/** @type {HTMLFormElement} */ (event.currentTarget)).get("day");
  if (day) take(String(day), pick);
}

/**
 * @param {string | null} value
 * @param {Pick} pick
 */
function take(value, pick) {
  close();
  pick(value);
}
