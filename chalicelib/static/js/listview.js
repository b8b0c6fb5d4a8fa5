// The list: every task a row, sorted as one likes, with its values editable where they stand.
import { mayEdit } from "./boot.js";
import { Assignee, Chip, Due, PriorityBadge, StatusBadge } from "./chip.js";
import { change } from "./edits.js";
import { More, NoMatch, NoTasks } from "./emptiness.js";
import { focused, idOf, useKeptFocus } from "./focus.js";
import { t } from "./i18n.js";
import { icon } from "./icons.js";
import { column, columns } from "./load.js";
import { useNear } from "./near.js";
import { taskAddress } from "./opened.js";
import { Lookers } from "./presence.js";
import { filtered, parameter, setParameter } from "./route.js";
import { clearSelection, select, selectAll, selected, selectTo } from "./selection.js";
import { sorted, sorts } from "./sorting.js";
import { keyOf, known, marked, passing, shown, visible } from "./tasks.js";
import { computed, html, signal, useComputed, useLayoutEffect, useRef } from "./vendor/preact.js";
import { walk } from "./walk.js";
import { fields } from "./words.js";

/** @typedef {import("./sorting.js").SortName} SortName */

/** What fits a screen. */
const firstRows = Math.ceil(innerHeight / 46) - 2;

/** The row whose title is being written. */
const editing = signal("");

const ids = computed(() => sorted(columns.flatMap((status) => column(status).ids.value), parameter("sort")));

/** What is seen of it, from top to bottom; not to lose what is being written. */
const rows = computed(() => passing(ids.value, editing.value));

export function View() {
  const seen = rows.value;
  const { drawn, end } = useNear(seen, firstRows, parameter("sort"));
  const nothingMatches = filtered.value && seen.length === 0;
  useKeptFocus();
  if (known.value.length === 0) return html`<${NoTasks} />`;
  // The roles are spelt out because rows are grids, which loses them in some browsers.
  return html`
    ${nothingMatches && html`<${NoMatch} />`}
    <div class="panel" hidden=${nothingMatches} onKeyDown=${onKey} onClick=${press}>
      <table class="tasks${mayEdit ? "" : " is-fixed"}" role="table" aria-label=${t("view.list")} aria-rowcount=${seen.length + 1}>
        <thead role="rowgroup"><${Head} /></thead>
        <tbody role="rowgroup">${drawn.map((id) => html`<${Row} key=${keyOf(id)} id=${id} />`)}</tbody>
      </table>${end}
      <${More} of=${columns.map(column)} />
    </div>`;
}

/** @type {[SortName, Editable][]} */
const heads = [["title", "title"], ["assignee", "assigned_to"], ["priority", "priority"], ["status", "status"], ["due", "due_date"]];

function Head() {
  const sort = parameter("sort");
  const isAll = useComputed(() => selected.value.size > 0 && visible.value.every(({ id }) => selected.value.has(id)));
  const isSome = useComputed(() => selected.value.size > 0 && !isAll.value);
  return html`<tr role="row">
    ${mayEdit && html`<th scope="col" role="columnheader" class="task-select">
      <input type="checkbox" aria-label=${t("list.select_all")} checked=${isAll} indeterminate=${isSome} onChange=${() => (isAll.peek() ? clearSelection() : selectAll(rows.peek()))} />
    </th>`}
    ${heads.map(([name, field]) => {
      const direction = sort === name ? "ascending" : sort === `-${name}` ? "descending" : null;
      return html`<th scope="col" role="columnheader" key=${name} class="task-${name}" aria-sort=${direction}>
        <button class="sort" type="button" onClick=${() => setParameter("sort", sorts(name, direction))}>
          ${name === "due" ? t("field.due") : fields[field]}${direction && icon(direction === "ascending" ? "arrow-up" : "arrow-down")}
        </button>
      </th>`;
    })}
  </tr>`;
}

/** @param {{ id: string }} props */
function Row({ id }) {
  const entry = shown(id);
  // Signals given as attributes change the element without drawing the row again.
  const isSelected = useComputed(() => selected.value.has(id));
  const look = useComputed(
    () => `task-row is-${entry.value?.status}${marked.value.has(id) ? " is-marked" : ""}${isSelected.value ? " is-selected" : ""}`,
  );
  const isEditing = useComputed(() => editing.value === id);
  const task = entry.value;
  if (!task) return null;
  // Boxes that the browser would remember are read again at each new address.
  return html`<tr role="row" class=${look} data-task=${id}>
    ${mayEdit && html`<td role="cell" class="task-select"><input type="checkbox" autocomplete="off" data-select aria-label=${t("list.select", { title: task.title })} checked=${isSelected} /></td>`}
    <td role="cell" class="task-title">
      ${isEditing.value ? html`<${TitleField} task=${task} />` : html`<a href=${taskAddress(id)}><span>${task.title}</span></a><${Lookers} id=${id} />
        ${mayEdit && html`<button class="icon-button" type="button" data-rename aria-label=${t("list.rename", { title: task.title })}>${icon("pencil")}</button>`}`}
    </td>
    <td role="cell" class="task-assignee"><${Chip} task=${task} field="assigned_to"><${Assignee} task=${task} /><//></td>
    <td role="cell" class="task-priority"><${Chip} task=${task} field="priority"><${PriorityBadge} task=${task} /><//></td>
    <td role="cell" class="task-status"><${Chip} task=${task} field="status"><${StatusBadge} task=${task} /><//></td>
    <td role="cell" class="task-due"><${Chip} task=${task} field="due_date"><${Due} task=${task} none=${t("due.no_date")} /><//></td>
  </tr>`;
}

/** @param {{ task: Task }} props */
function TitleField({ task }) {
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  useLayoutEffect(() => input.current?.select(), []);
  /** @param {boolean} isKept @param {boolean} isByKey */
  const done = (isKept, isByKey) => {
    const title = input.current?.value.trim();
    if (editing.peek() !== task.id) return;
    editing.value = "";
    if (isKept && title) void change(task.id, { title }, task);
    if (isByKey) requestAnimationFrame(() => rowOf(task.id)?.querySelector("a")?.focus());
  };
  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    event.stopPropagation();
    if (event.isComposing || (event.key !== "Enter" && event.key !== "Escape")) return;
    event.preventDefault();
    done(event.key === "Enter", true);
  };
  // Only the default: drawn again, for a change that comes in, it keeps what has been typed.
  return html`<input class="input" ref=${input} defaultValue=${task.title} maxlength="200" aria-label=${fields.title} onKeyDown=${onKeyDown} onBlur=${() => done(true, false)} />`;
}

/** @param {string} id */
const rowOf = (id) => document.querySelector(`.tasks [data-task="${CSS.escape(id)}"]`);

/** One listener for the boxes and pencils of all rows. @param {MouseEvent} event */
function press({ target, shiftKey }) {
  if (!(target instanceof Element)) return;
  if (target.closest("[data-rename]")) editing.value = idOf(target);
  if (!(target instanceof HTMLInputElement) || !target.matches("[data-select]")) return;
  if (shiftKey) selectTo(idOf(target), rows.peek());
  else select(idOf(target), target.checked);
  // A range may have ticked what the browser has just unticked.
  target.checked = selected.peek().has(idOf(target));
}

/** @type {Record<string, (id: string) => void>} */
const keys = {
  ArrowUp: () => walk(-1),
  ArrowDown: () => walk(1),
  x: (id) => mayEdit && select(id),
  F2: (id) => mayEdit && (editing.value = id),
};

/** @param {KeyboardEvent} event */
function onKey(event) {
  const id = idOf(focused());
  if (event.ctrlKey || event.metaKey || event.altKey || !id) return;
  if (event.key === "Escape") clearSelection();
  const act = keys[event.key];
  if (!act) return;
  event.preventDefault();
  if (event.shiftKey && mayEdit) select(id, true);
  act(id);
  if (event.shiftKey && mayEdit) select(idOf(focused()), true);
}
