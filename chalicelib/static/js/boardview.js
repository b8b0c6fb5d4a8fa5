// The board: a column for each status, its tasks in the order the team gave them.
import { mayEdit } from "./boot.js";
import { Card } from "./card.js";
import { More, NoMatch, NoTasks } from "./emptiness.js";
import { useGradual } from "./gradual.js";
import { number, t } from "./i18n.js";
import { icon } from "./icons.js";
import { column, columns } from "./load.js";
import { moveAcross, moveBy } from "./moves.js";
import { newTask } from "./opened.js";
import { filtered, filters } from "./route.js";
import { select } from "./selection.js";
import { keyOf, known, matches, shown, visible } from "./tasks.js";
import { html, useComputed, useEffect, useRef } from "./vendor/preact.js";
import { focused, useKeptFocus, walk, walkAcross } from "./walk.js";
import { statuses } from "./words.js";

const firstCards = 12;

export function View() {
  const board = useRef(/** @type {HTMLElement | null} */ (null));
  const isEmpty = useComputed(() => known.value.length === 0).value;
  const nothingMatches = useComputed(() => filtered.value && visible.value.length === 0);
  // Each column's list keeps its identity while it stays as it is, and so the column is not drawn again.
  const lists = columns.map((status) => column(status).ids.value);
  useKeptFocus();
  useEffect(() => (mayEdit && !isEmpty ? attachDrag(board) : undefined), [isEmpty]);
  if (isEmpty) return html`<${NoTasks} />`;
  return html`
    ${nothingMatches.value && html`<${NoMatch} />`}
    <div class="board" ref=${board} hidden=${nothingMatches} onClick=${press} onKeyDown=${onKey}>
      ${columns.map((status, index) => html`<${Column} key=${status} status=${status} ids=${lists[index]} />`)}
      <div class="drop-line" hidden></div>
    </div>`;
}

/** @param {{ status: Status, ids: string[] }} props */
function Column({ status, ids }) {
  const { total } = column(status);
  const count = useGradual(ids.length, firstCards);
  const matching = useComputed(() => ids.filter((id) => {
    const task = shown(id).value;
    return task && matches(task, filters.value);
  }).length);
  const many = useComputed(() => number(filtered.value ? matching.value : total.value));
  const isEmpty = total.value === 0;
  const { label, icon: image } = statuses[status];
  return html`<section class="column is-${status}${isEmpty ? " is-empty" : ""}" aria-labelledby="column-${status}" data-status=${status}>
    <header class="column-head">
      ${icon(image)}<h2 id="column-${status}">${label}</h2><span class="count">${many}</span>
      ${mayEdit && html`<button class="icon-button" type="button" aria-label=${t("board.add", { column: label })} title=${t("board.add", { column: label })}
        onClick=${() => newTask({ status })}>${icon("plus")}</button>`}
    </header>
    <ul class="column-cards">${ids.slice(0, count).map((id) => html`<${Card} key=${keyOf(id)} id=${id} />`)}</ul>
    ${isEmpty && html`<p class="column-empty muted">${t("board.empty_column")}</p>`}
    <${More} of=${[column(status)]} />
  </section>`;
}

/**
 * Drag and drop is not needed for the first paint.
 * @param {{ current: HTMLElement | null }} board
 */
function attachDrag(board) {
  let detach = () => {};
  let isGone = false;
  import("./drag.js").then(({ attach }) => {
    if (!isGone && board.current) detach = attach(board.current);
  }, () => {});
  return () => {
    isGone = true;
    detach();
  };
}

/** One listener for the menus of all cards. @param {MouseEvent} event */
async function press({ target }) {
  const button = target instanceof Element && target.closest("[data-menu]");
  if (!(button instanceof HTMLElement)) return;
  const { openCardMenu } = await import("./cardmenu.js");
  openCardMenu(button, focusedId(button));
}

/** @param {Element | null} element */
const focusedId = (element) => /** @type {HTMLElement | null | undefined} */ (element?.closest("[data-task]"))?.dataset.task ?? "";

/** @type {Record<string, () => void>} */
const walks = {
  ArrowUp: () => walk(-1),
  ArrowDown: () => walk(1),
  ArrowLeft: () => walkAcross(-1),
  ArrowRight: () => walkAcross(1),
};

/** @type {Record<string, (id: string) => void>} */
const shoves = {
  ArrowUp: (id) => moveBy(id, -1),
  ArrowDown: (id) => moveBy(id, 1),
  ArrowLeft: (id) => moveAcross(id, -1),
  ArrowRight: (id) => moveAcross(id, 1),
};

/** Arrows walk, with Shift they take the card along; x selects. @param {KeyboardEvent} event */
function onKey(event) {
  const id = focusedId(focused());
  if (!id || event.ctrlKey || event.metaKey || event.altKey) return;
  const act = event.key === "x" ? select : event.shiftKey ? mayEdit && shoves[event.key] : walks[event.key];
  if (!act) return;
  event.preventDefault();
  act(id);
}
