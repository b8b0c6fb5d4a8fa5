// A task in one line, with a box to tick it off: in My tasks, and in the days of the calendar on a phone.
import { mayEdit } from "./boot.js";
import { Assignee, Chip, Due, PriorityBadge } from "./chip.js";
import { change } from "./edits.js";
import { t } from "./i18n.js";
import { icon } from "./icons.js";
import { taskAddress } from "./opened.js";
import { Lookers } from "./presence.js";
import { keyOf, marked } from "./tasks.js";
import { html } from "./vendor/preact.js";
import { statuses } from "./words.js";

/** @type {Record<Priority, number>} */
const weights = { urgent: 0, high: 1, medium: 2, low: 3 };

/**
 * What presses most first: by day, then by priority.
 * @param {Task} a
 * @param {Task} b
 */
export function byPressure(a, b) {
  const [one, other] = [a.due_date ?? "9", b.due_date ?? "9"];
  if (one !== other) return one < other ? -1 : 1;
  return weights[a.priority] - weights[b.priority] || (a.rank < b.rank ? -1 : 1);
}

/** @param {{ tasks: Task[], hasWho?: boolean }} props */
export const Lines = ({ tasks, hasWho = true }) => html`<ul class="lines">${tasks.map((task) => html`<${Line} key=${keyOf(task.id)} task=${task} hasWho=${hasWho} />`)}</ul>`;

/** @param {{ task: Task, hasWho: boolean }} props */
function Line({ task, hasWho }) {
  const { id, title, status } = task;
  return html`<li class="line is-${status}${marked.value.has(id) ? " is-marked" : ""}" data-task=${id}>
    <${Tick} task=${task} />
    <a class="line-title" href=${taskAddress(id)}><span>${title}</span></a>
    <span class="line-facts">
      <${Lookers} id=${id} />
      <${Chip} task=${task} field="priority"><${PriorityBadge} task=${task} /><//>
      <${Chip} task=${task} field="due_date"><${Due} task=${task} none=${t("due.no_date")} /><//>
    </span>
    ${hasWho && html`<${Assignee} task=${task} />`}
    <${MenuButton} task=${task} />
  </li>`;
}

/** @param {{ task: Task, isOff?: boolean }} props isOff: not reached by Tab */
export const MenuButton = ({ task, isOff }) => mayEdit && html`<button class="icon-button card-menu" type="button" data-menu aria-haspopup="menu"
  aria-expanded="false" tabindex=${isOff ? -1 : null} aria-label=${t("card.actions", { title: task.title })}>${icon("ellipsis")}</button>`;

/** @param {{ task: Task }} props */
function Tick({ task: { id, title, status } }) {
  const isDone = status === "completed";
  if (!mayEdit) return html`<span class="tick" title=${statuses[status].label}>${icon(statuses[status].icon)}<span class="visually-hidden">${statuses[status].label}</span></span>`;
  return html`<button class="tick" type="button" role="checkbox" aria-checked=${isDone} aria-label=${t("line.done", { title })}
    onClick=${(/** @type {MouseEvent & { currentTarget: HTMLElement }} */ { currentTarget }) => {
      const next = neighbour(currentTarget);
      void change(id, { status: isDone ? "pending" : "completed" });
      // The line leaves its list: whoever ticks one off after the other goes on with the next.
      requestAnimationFrame(() => !currentTarget.isConnected && next?.isConnected && next.focus());
    }}>${icon("check")}</button>`;
}

/** The box below, else the one above. @param {HTMLElement} box */
function neighbour(box) {
  const all = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("#view .tick")]).filter((one) => one.checkVisibility());
  const index = all.indexOf(box);
  return all[index + 1] ?? all[index - 1];
}

/** One listener for the menus of all lines. @param {MouseEvent} event */
export const pressMenu = async (event) => (await import("./cardmenu.js")).pressMenu(event);
