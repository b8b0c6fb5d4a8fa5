// The list: every task a row, with what people change most often editable where it stands.
import { Assignee, Chip, Due, PriorityBadge, StatusBadge } from "./chip.js";
import { More, NoMatch, NoTasks } from "./emptiness.js";
import { marked } from "./feed.js";
import { useGradual } from "./gradual.js";
import { t } from "./i18n.js";
import { column, columns } from "./load.js";
import { taskAddress } from "./opened.js";
import { filtered, filters } from "./route.js";
import { keyOf, known, matches, shown, visible } from "./tasks.js";
import { html, useComputed } from "./vendor/preact.js";
import { fields } from "./words.js";

const firstRows = 30;
const order = /** @type {Editable[]} */ (["title", "assigned_to", "priority", "status", "due_date"]);

export function View() {
  const ids = columns.flatMap((status) => column(status).ids.value);
  const count = useGradual(ids.length, firstRows);
  const nothingMatches = useComputed(() => filtered.value && visible.value.length === 0);
  if (known.value.length === 0) return html`<${NoTasks} />`;
  // The roles are spelt out because rows are grids, which loses them in some browsers.
  return html`
    ${nothingMatches.value && html`<${NoMatch} />`}
    <div class="panel" hidden=${nothingMatches}>
      <table class="tasks" role="table" aria-label=${t("view.list")}>
        <thead role="rowgroup">
          <tr role="row">${order.map((field) => html`<th scope="col" role="columnheader" key=${field}>${fields[field]}</th>`)}</tr>
        </thead>
        <tbody role="rowgroup">${ids.slice(0, count).map((id) => html`<${Row} key=${keyOf(id)} id=${id} />`)}</tbody>
      </table>
      <${More} of=${columns.map(column)} />
    </div>`;
}

/** @param {{ id: string }} props */
function Row({ id }) {
  const entry = shown(id);
  const hidden = useComputed(() => !entry.value || !matches(entry.value, filters.value));
  const look = useComputed(() => `task-row is-${entry.value?.status}${marked.value.has(id) ? " is-marked" : ""}`);
  const task = entry.value;
  if (!task) return null;
  return html`<tr role="row" class=${look} hidden=${hidden} data-task=${id}>
    <td role="cell" class="task-title"><a href=${taskAddress(id)}><span>${task.title}</span></a></td>
    <td role="cell" class="task-assignee"><${Chip} task=${task} field="assigned_to"><${Assignee} task=${task} /><//></td>
    <td role="cell" class="task-priority"><${Chip} task=${task} field="priority"><${PriorityBadge} task=${task} /><//></td>
    <td role="cell" class="task-status"><${Chip} task=${task} field="status"><${StatusBadge} task=${task} /><//></td>
    <td role="cell" class="task-due"><${Chip} task=${task} field="due_date"><${Due} task=${task} none=${t("due.no_date")} /><//></td>
  </tr>`;
}
