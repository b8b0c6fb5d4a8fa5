// Walking from task to task by keys, on the board and in the list.
import { focused, tasks } from "./focus.js";
import { listen } from "./keys.js";

/**
 * What is drawn and not hidden.
 * @param {Element} [root]
 * @param {string} [selector]
 * @returns {HTMLElement[]}
 */
export const visible = (root = document.body, selector = tasks) => /** @type {HTMLElement[]} */ ([...root.querySelectorAll(selector)]);

/** @param {Element | null | undefined} element */
export function focusTask(element) {
  const link = element?.querySelector("a");
  link?.focus();
  link?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

/**
 * To the next one up or down; from nowhere to the first.
 * @param {number} step
 */
export function walk(step) {
  const here = focused();
  const all = visible(here?.parentElement ?? document.body, here ? ":scope > [data-task]" : tasks);
  focusTask(here ? all[all.indexOf(here) + step] : all[0]);
}

/**
 * To the next column that has something, at the same height.
 * @param {number} step
 */
export function walkAcross(step) {
  const here = focused();
  const own = here?.closest("[data-status]");
  if (!here || !own) return;
  const columns = visible(document.body, "#view [data-status]");
  const height = visible(own, "[data-task]").indexOf(here);
  for (let index = columns.findIndex((each) => each === own) + step; columns[index]; index += step) {
    const cards = visible(columns[index], "[data-task]");
    if (cards.length > 0) return focusTask(cards[Math.min(height, cards.length - 1)]);
  }
}

listen({ j: () => walk(1), k: () => walk(-1) });
