// Short messages at the edge of the screen. A failure says what was taken back.
import { icon } from "./icons.js";
import { html, signal } from "./vendor/preact.js";

const shown = 9000;
const most = 3;

/** @typedef {{ id: number, kind: "error" | "done", text: string }} Toast */

const toasts = signal(/** @type {Toast[]} */ ([]));
let last = 0;

/**
 * @param {Toast["kind"]} kind
 * @param {string} text
 */
function show(kind, text) {
  const toast = { id: (last += 1), kind, text };
  toasts.value = [...toasts.peek(), toast].slice(-most);
  setTimeout(() => dismiss(toast.id), shown);
}

/** @param {string} text */
export const sayError = (text) => show("error", text);

/** @param {string} text */
export const sayDone = (text) => show("done", text);

/** @param {number} id */
function dismiss(id) {
  toasts.value = toasts.peek().filter((toast) => toast.id !== id);
}

export function Toasts() {
  return html`<div class="toasts" role="status" aria-label="Messages">
    ${toasts.value.map(
      ({ id, kind, text }) => html`<div class="toast is-${kind}" key=${id}>
        ${icon(kind === "error" ? "circle-alert" : "circle-check")}
        <p>${text}</p>
        <button class="icon-button" type="button" aria-label="Dismiss" onClick=${() => dismiss(id)}>${icon("x")}</button>
      </div>`,
    )}
  </div>`;
}
