// The focus belongs to the person: when what others do moves the task that has it, it stays with the task.
import { useLayoutEffect } from "./vendor/preact.js";

/** The cards, rows and lines on the screen. */
export const tasks = "#view [data-task]";

/** @returns {HTMLElement | null} the card or row that has the focus */
export const focused = () => document.activeElement?.closest(tasks) ?? null;

/**
 * The task of the card or row that this is part of.
 * @param {Element | null} element
 */
export const idOf = (element) => /** @type {HTMLElement | null | undefined} */ (element?.closest("[data-task]"))?.dataset.task ?? "";

/** @param {Element | null} task @returns {HTMLElement[]} what can have the focus in it */
const controls = (task) => /** @type {HTMLElement[]} */ ([...(task?.querySelectorAll("a, button, input") ?? [])]);

/** For a component that may put tasks elsewhere when it is drawn: what had the focus has it afterwards. */
export function useKeptFocus() {
  const active = document.activeElement;
  const id = focused()?.dataset.task;
  const place = id ? controls(focused()).findIndex((control) => control === active) : -1;
  useLayoutEffect(() => {
    if (!id || document.activeElement !== document.body) return;
    controls(document.querySelector(`#view [data-task="${CSS.escape(id)}"]`))[place]?.focus({ preventScroll: true });
  });
}
