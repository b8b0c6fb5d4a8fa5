// What can be undone: the message after an action offers it, and Ctrl+Z goes back step by step.
import { t } from "./i18n.js";
import { offer, sayDone } from "./toasts.js";

/**
 * @typedef {{ run: () => void, live: boolean }} Part
 * @typedef {{ sentence: string, parts: Part[], dismiss: () => void }} Step
 */

const most = 50;
/** @type {Step[]} */
const done = [];
/** @type {Step[]} */
const undone = [];
/** Where undoing or redoing puts what it does. @type {Step[] | null} */
let stack = null;
/** The parts of the step that is being collected. @type {Part[] | null} */
let collected = null;
/** @type {Step | null} */
let offered = null;

/**
 * Something was done, and this takes it back. Several at once are one step, see `together`.
 * @param {string} sentence what was done
 * @param {() => void} undo
 * @returns {() => void} forgets it: it did not happen after all
 */
export function undoable(sentence, undo) {
  const part = { run: undo, live: true };
  if (collected) collected.push(part);
  else put({ sentence, parts: [part], dismiss: () => {} });
  return () => {
    part.live = false;
    if (offered && !isLive(offered)) offered.dismiss();
  };
}

/**
 * What `act` does is one step.
 * @param {string} sentence
 * @param {() => void} act
 */
export function together(sentence, act) {
  if (collected) return act();
  /** @type {Part[]} */
  const parts = (collected = []);
  try {
    act();
  } finally {
    collected = null;
  }
  if (parts.length > 0) put({ sentence, parts, dismiss: () => {} });
}

/** @param {Step} step */
function put(step) {
  if (!stack) undone.length = 0;
  const target = stack ?? done;
  if (target.push(step) > most) target.shift();
  offered?.dismiss();
  if (target === undone) return;
  step.dismiss = offer(step.sentence, t("undo.action"), () => back(done, undone, step));
  offered = step;
}

/** @param {Step} step */
const isLive = ({ parts }) => parts.some((part) => part.live);

/**
 * @param {Step[]} from
 * @param {Step[]} to
 * @param {Step | undefined} [wanted]
 */
function back(from, to, wanted = from.findLast(isLive)) {
  const index = wanted ? from.lastIndexOf(wanted) : -1;
  if (!wanted || index < 0) return;
  from.splice(index, 1);
  wanted.dismiss();
  stack = to;
  together(wanted.sentence, () => wanted.parts.filter((part) => part.live).reverse().forEach((part) => part.run()));
  stack = null;
  if (from === done) sayDone(t("undo.undone", { what: wanted.sentence }));
}

document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== "z" || event.defaultPrevented) return;
  if (event.target instanceof Element && event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]")) return;
  event.preventDefault();
  if (event.shiftKey) back(undone, done);
  else back(done, undone);
});
