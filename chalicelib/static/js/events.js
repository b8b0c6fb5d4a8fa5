// Tasks as they stand in a calendar: a line in a day, the list of a whole day, and what the keys do there.
import { announce } from "./announcer.js";
import { mayEdit } from "./boot.js";
import { change } from "./edits.js";
import { MoreButton } from "./emptiness.js";
import { t } from "./i18n.js";
import { icon, iconButton } from "./icons.js";
import { byPressure, MenuButton } from "./line.js";
import { monthAfter } from "./month.js";
import { newTask, taskAddress } from "./opened.js";
import { close, toggle } from "./popover.js";
import { Lookers } from "./presence.js";
import { isOpen, keyOf, marked, shown, visible } from "./tasks.js";
import { dayLabel, dueState, fullDay, shifted } from "./time.js";
import { computed, html } from "./vendor/preact.js";
import { statuses } from "./words.js";

/** The visible tasks of each day, what is to be done first. */
export const days = computed(() => {
  /** @type {Map<string, Task[]>} */
  const groups = new Map();
  for (const task of visible.value) {
    if (!task.due_date) continue;
    const group = groups.get(task.due_date);
    if (group) group.push(task);
    else groups.set(task.due_date, [task]);
  }
  for (const group of groups.values()) group.sort((a, b) => Number(isOpen(b)) - Number(isOpen(a)) || byPressure(a, b));
  return groups;
});

/** Its state as a mark: the colour says it too, but not to everybody. What only waits has none. @param {Task} task */
const markOf = (task) => icon(dueState(task) === "overdue" ? "triangle-alert" : statuses[task.status].icon, `is-${task.status}`);

/** @param {Task} task */
const stateOf = (task) => (dueState(task) === "overdue" ? `${statuses[task.status].label}, ${t("due.overdue")}` : statuses[task.status].label);

/** @param {{ task: Task, isOff?: boolean, hasDue?: boolean }} props isOff: not reached by Tab */
export function Event({ task, isOff, hasDue }) {
  const { id, title } = task;
  return html`<li class="event is-${dueState(task) === "overdue" ? "overdue" : task.status}${marked.value.has(id) ? " is-marked" : ""}" data-task=${id}>
    <a href=${taskAddress(id)} title=${title} draggable=${false} tabindex=${isOff ? -1 : null}>
      ${(task.status !== "pending" || dueState(task) === "overdue") && markOf(task)}<span>${title}</span>${hasDue && task.due_date && html`<small>${dayLabel(task.due_date)}</small>`}<span class="visually-hidden">, ${stateOf(task)}</span>
    </a>
    <${Lookers} id=${id} />
    <${MenuButton} task=${task} isOff=${isOff} />
  </li>`;
}

/**
 * Gives a task a day, or takes it away.
 * @param {string} id
 * @param {string | null} date
 */
export function moveToDay(id, date) {
  const task = shown(id).peek();
  if (!task || task.due_date === date) return;
  void change(id, { due_date: date });
  announce(t("calendar.moved", { title: task.title, day: date ? fullDay(date) : t("due.no_date") }));
}

/**
 * All of a day, or of a list that has no room.
 * @param {HTMLElement} anchor
 * @param {string} date
 * @param {{ value: Task[] }} [list]
 * @param {{ rest: { value: boolean }, state: { value: string }, more: () => unknown }} [pages]
 */
export function openDay(anchor, date, list, pages) {
  const label = date ? fullDay(date) : t("stat.overdue");
  const tasks = computed(() => list?.value ?? days.value.get(date) ?? []);
  const content = () => html`
    <h3 class="menu-title">${label}</h3>
    ${tasks.value.map((task) => html`<div class="menu-row is-${task.status}" key=${keyOf(task.id)}>
      <button class="menu-item" type="button" onClick=${() => leave(() => (location.hash = taskAddress(task.id)))}>
        ${markOf(task)}<span class="menu-label">${task.title}</span><span class="visually-hidden">, ${stateOf(task)}</span>
      </button>
      ${mayEdit && iconButton("ellipsis", t("card.actions", { title: task.title }), () => leave(() => openMenu(anchor, task.id)))}
    </div>`)}
    ${pages?.rest.value && html`<${MoreButton} state=${pages.state.value} onMore=${pages.more} />`}
    ${date && mayEdit && html`<button class="menu-item" type="button" onClick=${() => leave(() => newTask({ due_date: date }))}>${icon("plus")}<span class="menu-label">${t("task.new")}</span></button>`}`;
  toggle({ anchor, role: "dialog", label, content });
}

/** @param {() => unknown} act */
function leave(act) {
  close();
  act();
}

/** @param {HTMLElement} anchor @param {string} id */
async function openMenu(anchor, id) {
  const { openCardMenu } = await import("./cardmenu.js");
  openCardMenu(anchor, id);
}

/** @type {Record<string, number>} */
const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };

/**
 * Arrows walk through the days, up and down also through the tasks of one; with Shift they take the task along.
 * @param {KeyboardEvent} event
 * @param {HTMLElement} day
 * @param {{ reveal: (date: string, id?: string) => void, week: string[] }} grid
 * @returns {boolean} whether the key means something here
 */
export function eventKeys({ key, shiftKey, target }, day, { reveal, week }) {
  const date = day.dataset.date ?? "";
  const event = /** @type {HTMLElement} */ (target).closest("[data-task]");
  const id = /** @type {HTMLElement | null} */ (event)?.dataset.task ?? "";
  const step = steps[key];
  if (step && shiftKey) {
    if (!id || !mayEdit) return false;
    moveToDay(id, shifted(date, step));
    reveal(shifted(date, step), id);
    return true;
  }
  if (shiftKey) return false;
  const links = /** @type {HTMLElement[]} */ ([...day.querySelectorAll("[data-task] > a, [data-more]")]);
  if (target === day && key === "Enter") {
    const more = day.querySelector("[data-more]");
    if (more instanceof HTMLElement) more.click();
    else if (links.length > 0) openDay(day, date);
    else if (mayEdit) newTask({ due_date: date });
    return true;
  }
  if (target !== day && key === "Escape") day.focus();
  else if (target !== day && Math.abs(step ?? 0) === 7) {
    const next = links[links.findIndex((link) => link === target || event?.contains(link)) + Math.sign(step ?? 0)];
    if (next) next.focus();
    else if (step === 7) reveal(shifted(date, 7));
    else day.focus();
  } else if (step) reveal(shifted(date, step));
  else if (key === "Home") reveal(week[0] ?? date);
  else if (key === "End") reveal(week.at(-1) ?? date);
  else if (key === "PageUp" || key === "PageDown") reveal(inMonth(monthAfter(date.slice(0, 7), key === "PageUp" ? -1 : 1), date.slice(8)));
  else return false;
  return true;
}

/**
 * The day of that number, or the last that the month has.
 * @param {string} month
 * @param {string} number
 */
function inMonth(month, number) {
  const last = shifted(`${monthAfter(month, 1)}-01`, -1);
  return `${month}-${number}` < last ? `${month}-${number}` : last;
}
