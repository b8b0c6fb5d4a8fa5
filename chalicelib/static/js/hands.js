// What hands do on the board once it is there: drag cards, walk and move them by keys, open their menus.
import { mayEdit } from "./boot.js";
import { pressMenu } from "./cardmenu.js";
import { attach } from "./drag.js";
import { focused, idOf } from "./focus.js";
import { moveAcross, moveBy } from "./moves.js";
import { select } from "./selection.js";
import { walk, walkAcross } from "./walk.js";

/**
 * @param {HTMLElement} board
 * @returns {() => void} lets go of it
 */
export function handle(board) {
  board.dataset.ready = "";
  board.addEventListener("click", pressMenu);
  board.addEventListener("keydown", onKey);
  return mayEdit ? attach(board) : () => {};
}

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
  const id = idOf(focused());
  if (!id || event.ctrlKey || event.metaKey || event.altKey) return;
  const act = event.key === "x" || event.shiftKey ? mayEdit && (event.key === "x" ? select : shoves[event.key]) : walks[event.key];
  if (!act) return;
  event.preventDefault();
  act(id);
}
