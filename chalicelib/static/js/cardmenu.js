// The menu of a card: everything that can be done to a task without opening it, moves above all.
import { destroy, change } from "./edits.js";
import { idOf } from "./focus.js";
import { t } from "./i18n.js";
import { icon } from "./icons.js";
import { columns } from "./load.js";
import { choose } from "./menus.js";
import { moveBy, moveTo, moveToBottom, moveToTop, seen } from "./moves.js";
import { taskAddress } from "./opened.js";
import { close, toggle } from "./popover.js";
import { view } from "./route.js";
import { select, selected } from "./selection.js";
import { shown } from "./tasks.js";
import { html } from "./vendor/preact.js";
import { fields, statuses } from "./words.js";

/** @typedef {{ label: string, image: string, act: () => unknown, isOff?: boolean, isDanger?: boolean }} Item */

/** One listener for the menus of all cards. @param {MouseEvent} event */
export function pressMenu({ target }) {
  const button = target instanceof Element && target.closest("[data-menu]");
  if (button instanceof HTMLElement) openCardMenu(button, idOf(button));
}

/**
 * @param {HTMLElement} anchor
 * @param {string} id
 */
export function openCardMenu(anchor, id) {
  const task = shown(id).peek();
  if (!task) return;
  const content = () => groups(anchor, task).filter(({ length }) => length).map(
    (items) => html`<div class="menu-group" role="group">${items.map(
      ({ label, image, act, isOff, isDanger }) => html`<button class="menu-item${isDanger ? " is-danger" : ""}" type="button" role="menuitem" tabindex="-1"
        key=${label} aria-disabled=${isOff ? "true" : null} onClick=${() => !isOff && run(act)}>${icon(image)}<span class="menu-label">${label}</span></button>`,
    )}</div>`,
  );
  toggle({ anchor, role: "menu", label: t("card.actions", { title: task.title }), content });
}

/** @param {() => unknown} act */
function run(act) {
  close();
  act();
}

/**
 * @param {HTMLElement} anchor
 * @param {Task} task
 * @returns {Item[][]}
 */
function groups(anchor, task) {
  const { id, status } = task;
  const here = seen(status);
  const [isFirst, isLast] = [here[0] === id, here.at(-1) === id];
  /** @param {"assigned_to" | "priority" | "due_date"} field @param {string} image @returns {Item} */
  const edit = (field, image) => ({
    label: `${fields[field]}…`,
    image,
    act: () => choose[field](anchor, task, (value) => void change(id, { [field]: value })),
  });
  return [
    [
      { label: t("card.open"), image: "square-pen", act: () => (location.hash = taskAddress(id)) },
      { label: selected.peek().has(id) ? t("card.deselect") : t("card.select"), image: "square-check", act: () => select(id) },
    ],
    [edit("assigned_to", "user-round"), edit("priority", "signal-high"), edit("due_date", "calendar")],
    // Elsewhere nobody sees the order that these change.
    view.peek() !== "board" ? [] : [
      { label: t("card.to_top"), image: "arrow-up-to-line", act: () => moveToTop(id), isOff: isFirst },
      { label: t("card.up"), image: "arrow-up", act: () => moveBy(id, -1), isOff: isFirst },
      { label: t("card.down"), image: "arrow-down", act: () => moveBy(id, 1), isOff: isLast },
      { label: t("card.to_bottom"), image: "arrow-down-to-line", act: () => moveToBottom(id), isOff: isLast },
    ],
    columns
      .filter((each) => each !== status)
      .map((each) => ({ label: t("card.move_to", { column: statuses[each].label }), image: statuses[each].icon, act: () => moveTo(id, each, 0) })),
    [{ label: t("card.delete"), image: "trash-2", act: () => destroy(task), isDanger: true }],
  ];
}
