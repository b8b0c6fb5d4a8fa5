// Every shortcut of the page in one table: what the keys do, what the palette offers, what the "?" sheet lists.
import { mayEdit } from "./boot.js";
import { t } from "./i18n.js";
import { iconButton } from "./icons.js";
import { listen } from "./keys.js";
import { Modal } from "./modal.js";
import { leave, newTask, palette } from "./opened.js";
import { go } from "./route.js";
import { html, signal } from "./vendor/preact.js";

/**
 * Without `run` the keys are listened to where they work.
 * @typedef {{ keys: string[], label: string, image?: string, run?: () => void, edits?: boolean }} Shortcut
 */

/** Whether the sheet is open. */
export const sheet = signal(false);

/** @param {import("./route.js").ViewName} view */
const to = (view) => () => {
  leave();
  go(view);
};

/** @type {{ title: string, list: Shortcut[] }[]} */
export const shortcuts = [
  {
    title: t("keys.anywhere"),
    list: [
      { keys: ["mod+k"], label: t("keys.palette"), run: () => (palette.value = true) },
      { keys: ["n", "c"], label: t("task.new"), image: "plus", run: newTask, edits: true },
      { keys: ["/"], label: t("keys.filter"), image: "list-filter", run: filter },
      { keys: ["mod+z"], label: t("keys.undo"), edits: true },
      { keys: ["mod+shift+z"], label: t("keys.redo"), edits: true },
      { keys: ["?"], label: t("keys.title"), image: "keyboard", run: () => (sheet.value = true) },
    ],
  },
  {
    title: t("keys.go"),
    list: [
      { keys: ["g b"], label: t("view.board"), image: "layout-dashboard", run: to("board") },
      { keys: ["g l"], label: t("view.list"), image: "list", run: to("list") },
      { keys: ["g c"], label: t("view.calendar"), image: "calendar", run: to("calendar") },
      { keys: ["g m"], label: t("view.mine"), image: "inbox", run: to("mine") },
      { keys: ["g i"], label: t("view.insights"), image: "chart-column", run: to("insights") },
      { keys: ["g t"], label: t("view.trash"), image: "trash-2", run: to("trash") },
    ],
  },
  {
    title: t("keys.cards"),
    list: [
      { keys: ["j", "k", "arrows"], label: t("keys.move_focus") },
      { keys: ["enter"], label: t("keys.open") },
      { keys: ["shift+arrows"], label: t("keys.move_task"), edits: true },
      { keys: ["x"], label: t("keys.select"), edits: true },
    ],
  },
  {
    title: t("keys.task"),
    list: [
      { keys: ["j"], label: t("task.next") },
      { keys: ["k"], label: t("task.previous") },
      { keys: ["e"], label: t("keys.describe"), edits: true },
      { keys: ["mod+enter"], label: t("task.save"), edits: true },
      { keys: ["escape"], label: t("task.close") },
    ],
  },
].map(({ title, list }) => ({ title, list: list.filter((/** @type {Shortcut} */ { edits }) => mayEdit || !edits) }));

/** Those that work wherever somebody is. @type {import("./keys.js").Actions} */
export const everywhere = Object.fromEntries(
  shortcuts.flatMap(({ list }) => list.flatMap(({ keys, run }) => (run ? keys.map((key) => [key, run]) : []))),
);
listen(everywhere);

function filter() {
  leave();
  document.getElementById("filter")?.focus();
}

const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent);
/** @type {Record<string, string>} */
const signs = { mod: isMac ? "⌘" : t("key.control"), shift: t("key.shift"), enter: t("key.enter"), escape: t("key.escape"), arrows: "↑ ↓ ← →" };

/** @param {{ keys: string }} props */
export const Keys = ({ keys }) => html`<span class="keys">${keys.split(/[ +]/).map((key) => html`<kbd>${signs[key] ?? key.toUpperCase()}</kbd>`)}</span>`;

export function Sheet() {
  const close = () => (sheet.value = false);
  return sheet.value && html`<${Modal} labelledby="sheet-title" extra="sheet" onClose=${close}>
    <header class="modal-head">
      <h2 id="sheet-title">${t("keys.title")}</h2>
      ${iconButton("x", t("task.close"), close)}
    </header>
    <div class="sheet-groups">
      ${shortcuts.map(({ title, list }) => html`<section key=${title}><h3>${title}</h3><dl>
        ${list.map(({ keys, label }) => html`<div key=${label}><dt>${label}</dt><dd>${keys.map((one) => html`<${Keys} keys=${one} />`)}</dd></div>`)}
      </dl></section>`)}
    </div>
  <//>`;
}
