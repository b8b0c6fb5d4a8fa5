// The bar for what is selected: one action for all of it.
import { changeMany, destroy } from "./edits.js";
import { t } from "./i18n.js";
import { icon, iconButton } from "./icons.js";
import { choose } from "./menus.js";
import { clearSelection, selectAll, selected } from "./selection.js";
import { visible } from "./tasks.js";
import { together } from "./undo.js";
import { computed, html } from "./vendor/preact.js";
import { fields } from "./words.js";

/** @typedef {"status" | "assigned_to" | "priority" | "due_date"} Field */

/** What is selected and seen: nothing happens to what a filter hides. */
const chosen = computed(() => (selected.value.size > 0 ? visible.value.filter(({ id }) => selected.value.has(id)) : []));

/** @type {[Field, string][]} */
const actions = [["status", "circle-check"], ["assigned_to", "user-round"], ["priority", "signal-high"], ["due_date", "calendar"]];

export function BulkBar() {
  const count = chosen.value.length;
  if (count === 0) return null;
  const rest = visible.value.length - count;
  return html`<div class="bulk" role="toolbar" aria-label=${t("bulk.label")}>
    <strong role="status">${t("bulk.selected", { count })}</strong>
    ${rest > 0 && html`<button class="button is-quiet" type="button" onClick=${() => selectAll(visible.peek().map(({ id }) => id))}>${t("bulk.all", { count: count + rest })}</button>`}
    ${actions.map(([field, image]) => html`<button class="button" type="button" key=${field} aria-haspopup="menu" aria-expanded="false"
      onClick=${(/** @type {{ currentTarget: HTMLElement }} */ { currentTarget }) => open(currentTarget, field)}>${icon(image)}<span>${fields[field]}</span></button>`)}
    <button class="button is-danger" type="button" onClick=${remove}>${icon("trash-2")}<span>${t("card.delete")}</span></button>
    ${iconButton("x", t("bulk.clear"), clearSelection)}
  </div>`;
}

/**
 * @param {HTMLElement} anchor
 * @param {Field} field
 */
function open(anchor, field) {
  const [first, ...others] = chosen.peek();
  if (!first) return;
  const isCommon = others.every((task) => task[field] === first[field]);
  const all = { ...first, title: t("bulk.selected", { count: others.length + 1 }), ...(!isCommon && { [field]: undefined }) };
  choose[field](anchor, /** @type {Task} */ (all), (value) => void changeMany(chosen.peek().map(({ id }) => id), { [field]: value }));
}

function remove() {
  const tasks = chosen.peek();
  clearSelection();
  together(t("bulk.deleted", { count: tasks.length }), () => tasks.forEach((task) => void destroy(task)));
}
