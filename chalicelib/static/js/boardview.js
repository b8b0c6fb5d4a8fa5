// The board: a column for each status, its tasks in the order the team gave them.
import { mayEdit } from "./boot.js";
import { Card } from "./card.js";
import { More, NoMatch, NoTasks } from "./emptiness.js";
import { useKeptFocus } from "./focus.js";
import { number, t } from "./i18n.js";
import { icon, iconButton } from "./icons.js";
import { column, columns } from "./load.js";
import { useNear } from "./near.js";
import { newTask } from "./opened.js";
import { filtered } from "./route.js";
import { keyOf, known } from "./tasks.js";
import { html, useComputed, useEffect, useRef } from "./vendor/preact.js";
import { statuses } from "./words.js";

/** What fits a screen of each column. */
const firstCards = Math.ceil(innerHeight / 130) - 1;

export function View() {
  const board = useRef(/** @type {HTMLElement | null} */ (null));
  const isEmpty = useComputed(() => known.value.length === 0).value;
  // Each column's list keeps its identity while it stays as it is, and so the column is not drawn again.
  const lists = columns.map((status) => column(status).seen.value);
  const nothingMatches = filtered.value && lists.every(({ length }) => length === 0);
  useKeptFocus();
  useEffect(() => (isEmpty ? undefined : attachHands(board)), [isEmpty]);
  if (isEmpty) return html`<${NoTasks} />`;
  return html`
    ${nothingMatches && html`<${NoMatch} />`}
    <div class="board${column("cancelled").total.value === 0 ? " is-narrow" : ""}" ref=${board} hidden=${nothingMatches}>
      ${columns.map((status, index) => html`<${Column} key=${status} status=${status} ids=${lists[index]} />`)}
      <div class="drop-line" hidden></div>
    </div>`;
}

/** @param {{ status: Status, ids: string[] }} props */
function Column({ status, ids }) {
  const { total } = column(status);
  const { drawn, end } = useNear(ids, firstCards);
  const many = number(filtered.value ? ids.length : total.value);
  const isEmpty = total.value === 0;
  const { label, icon: image } = statuses[status];
  return html`<section class="column is-${status}${isEmpty ? " is-empty" : ""}" aria-labelledby="column-${status}" data-status=${status}>
    <header class="column-head">
      ${icon(image)}<h2 id="column-${status}">${label}</h2><span class="count">${many}</span>
      ${mayEdit && iconButton("plus", t("board.add", { column: label }), () => newTask({ status }))}
    </header>
    <ul class="column-cards">${drawn.map((id) => html`<${Card} key=${keyOf(id)} id=${id} />`)}</ul>${end}
    ${isEmpty && html`<p class="column-empty muted">${t("board.empty_column")}</p>`}
    <${More} of=${[column(status)]} />
  </section>`;
}

/**
 * Hands are not needed for the first paint.
 * @param {{ current: HTMLElement | null }} board
 */
function attachHands(board) {
  let letGo = () => {};
  let isGone = false;
  import("./hands.js").then(({ handle }) => {
    if (!isGone && board.current) letGo = handle(board.current);
  }, () => {});
  return () => {
    isGone = true;
    letGo();
  };
}
