// A task on the board.
import { mayEdit } from "./boot.js";
import { Assignee, Due, PriorityBadge } from "./chip.js";
import { t } from "./i18n.js";
import { icon } from "./icons.js";
import { taskAddress } from "./opened.js";
import { Lookers } from "./presence.js";
import { selected } from "./selection.js";
import { marked, shown } from "./tasks.js";
import { html, useComputed } from "./vendor/preact.js";

/** @param {{ id: string }} props */
export function Card({ id }) {
  const entry = shown(id);
  // Signals given as attributes change the element without drawing the card again.
  const look = useComputed(() => {
    const states = `${marked.value.has(id) ? " is-marked" : ""}${selected.value.has(id) ? " is-selected" : ""}`;
    return `card is-${entry.value?.status}${states}`;
  });
  const task = entry.value;
  if (!task) return null;
  return html`<li class=${look} data-task=${id}>
    <div class="card-head">
      <${PriorityBadge} task=${task} /><${Lookers} id=${id} />
      ${mayEdit && html`<button class="icon-button card-menu" type="button" data-menu aria-haspopup="menu" aria-expanded="false"
        aria-label=${t("card.actions", { title: task.title })}>${icon("ellipsis")}</button>`}
    </div>
    <a class="card-title" href=${taskAddress(id)} draggable=${false}><span>${task.title}</span></a>
    <div class="card-foot"><${Due} task=${task} /><${Assignee} task=${task} /></div>
  </li>`;
}
