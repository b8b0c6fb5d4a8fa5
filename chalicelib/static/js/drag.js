// Dragging cards with the mouse or a finger: a line shows where the card would land.
import { t } from "./i18n.js";
import { moveTo, seen } from "./moves.js";
import { shown } from "./tasks.js";
import { attachClosestEdge, draggable, dropTargetForElements, extractClosestEdge, monitorForElements } from "./vendor/drag.js";

/** How near the edge of the window the page begins to scroll, and how far at each event. */
const edge = 90;
const stride = 14;

/** Cards that can be dragged already. @type {WeakSet<Element>} */
const armed = new WeakSet();

/**
 * Makes the board's cards draggable, until what is returned is called.
 * @param {HTMLElement} board
 * @returns {() => void}
 */
export function attach(board) {
  const line = /** @type {HTMLElement} */ (board.querySelector(".drop-line"));
  const columns = /** @type {HTMLElement[]} */ ([...board.querySelectorAll("[data-status]")]);
  const stops = columns.map((column) =>
    dropTargetForElements({ element: column, getIsSticky: () => true, getData: ({ input }) => nearest(column, input) }),
  );
  stops.push(
    monitorForElements({
      canMonitor: ({ source }) => board.contains(source.element),
      onDragStart: ({ source }) => (source.element.dataset.dragged = ""),
      onDrag: ({ location: { current } }) => {
        scroll(board, current.input);
        draw(board, line, current.dropTargets[0]?.data);
      },
      onDropTargetChange: ({ location: { current } }) => draw(board, line, current.dropTargets[0]?.data),
      onDrop: ({ source, location: { current } }) => {
        delete source.element.dataset.dragged;
        line.hidden = true;
        const target = current.dropTargets[0]?.data;
        if (target) drop(String(source.data.id), target);
      },
    }),
  );
  board.addEventListener("pointerdown", arm);
  return () => {
    board.removeEventListener("pointerdown", arm);
    for (const stop of stops) stop();
  };
}

/** A card becomes draggable when it is pressed: hundreds need not be. @param {PointerEvent} event */
export function arm({ target }) {
  const card = target instanceof Element && target.closest("[data-task]");
  if (!(card instanceof HTMLElement) || armed.has(card)) return;
  armed.add(card);
  draggable({
    element: card,
    getInitialData: () => ({ id: card.dataset.task }),
    getInitialDataForExternal: () => ({ "text/plain": card.querySelector("a")?.textContent ?? t("task.new") }),
  });
}

/**
 * The card of a column that is nearest to the pointer, and which side of it.
 * @param {HTMLElement} column
 * @param {{ clientX: number, clientY: number }} input
 */
function nearest(column, input) {
  const cards = column.querySelectorAll("[data-task]");
  let [low, high] = [0, cards.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (/** @type {Element} */ (cards[middle]).getBoundingClientRect().bottom < input.clientY) low = middle + 1;
    else high = middle;
  }
  const card = cards[low];
  const data = { status: column.dataset.status, card };
  if (!card) return data;
  return attachClosestEdge(data, { element: card, input: /** @type {any} */ (input), allowedEdges: ["top", "bottom"] });
}

/**
 * @param {HTMLElement} board
 * @param {HTMLElement} line
 * @param {Record<string | symbol, any> | undefined} target
 */
function draw(board, line, target) {
  line.hidden = !target;
  if (!target) return;
  const list = /** @type {Element} */ (board.querySelector(`[data-status="${target.status}"] > ul`)).getBoundingClientRect();
  const frame = board.getBoundingClientRect();
  const card = target.card?.getBoundingClientRect();
  const y = !card ? list.top : extractClosestEdge(target) === "top" ? card.top - 5 : card.bottom + 3;
  line.style.width = `${list.width}px`;
  line.style.translate = `${list.left - frame.left + board.scrollLeft}px ${y - frame.top}px`;
}

/**
 * @param {string} id
 * @param {Record<string | symbol, any>} target
 */
function drop(id, target) {
  if (!shown(id).peek()) return;
  const over = target.card?.dataset.task;
  if (over === id) return;
  const index = seen(target.status, id).indexOf(over);
  moveTo(id, target.status, index < 0 ? 0 : index + (extractClosestEdge(target) === "bottom" ? 1 : 0));
}

/**
 * @param {HTMLElement} board
 * @param {{ clientX: number, clientY: number }} input
 */
export function scroll(board, { clientX, clientY }) {
  if (clientY < edge) scrollBy(0, -stride);
  else if (clientY > innerHeight - edge) scrollBy(0, stride);
  const frame = board.getBoundingClientRect();
  if (clientX < frame.left + edge / 2) board.scrollLeft -= stride;
  else if (clientX > frame.right - edge / 2) board.scrollLeft += stride;
}
