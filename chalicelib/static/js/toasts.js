// Short messages at the edge of the screen. A failure says what was taken back.
import { icon, iconButton } from "./icons.js";
import { t } from "./i18n.js";
import { html, signal } from "./vendor/preact.js";

const shown = 9000;
const most = 3;

/**
 * @typedef {{ label: string, run: () => void }} Action
 * @typedef {{ id: number, kind: "error" | "done", text: string, action?: Action | undefined, stays: boolean }} Toast
 */

const toasts = signal(/** @type {Toast[]} */ ([]));
let last = 0;

/**
 * @param {Toast["kind"]} kind
 * @param {string} text
 * @param {Action} [action]
 * @param {number} [time] 0: until it is dismissed
 * @returns {() => void} dismisses it
 */
function show(kind, text, action, time = shown) {
  const toast = { id: (last += 1), kind, text, action, stays: !time };
  const passing = toasts.peek().filter(({ stays }) => !stays).slice(-most + 1);
  toasts.value = [...toasts.peek().filter((other) => other.stays || passing.includes(other)), toast];
  const close = () => dismiss(toast.id);
  if (time) setTimeout(close, time);
  return close;
}

/** @param {string} text */
export const sayError = (text) => show("error", text);

/** @param {string} text */
export const sayDone = (text) => show("done", text);

/**
 * Says what was done, with something that can be done about it.
 * @param {string} text
 * @param {string} label
 * @param {() => void} run
 */
export const offer = (text, label, run) => show("done", text, { label, run });

/**
 * The same, until somebody takes it or waves it away.
 * @param {string} text
 * @param {string} label
 * @param {() => void} run
 */
export const propose = (text, label, run) => show("done", text, { label, run }, 0);

/**
 * Says what went wrong, and stays: with it goes something that would be lost otherwise.
 * @param {string} text
 * @param {string} label
 * @param {() => void} run
 */
export const offerError = (text, label, run) => show("error", text, { label, run }, 0);

/** @param {number} id */
function dismiss(id) {
  toasts.value = toasts.peek().filter((toast) => toast.id !== id);
}

/**
 * @param {number} id
 * @param {Action} action
 */
function take(id, action) {
  dismiss(id);
  action.run();
}

export function Toasts() {
  return html`<div class="toasts" role="status" aria-label=${t("toast.region")}>
    ${toasts.value.map(
      ({ id, kind, text, action }) => html`<div class="toast is-${kind}" key=${id}>
        ${icon(kind === "error" ? "circle-alert" : "circle-check")}
        <p>${text}</p>
        ${action && html`<button class="button" type="button" onClick=${() => take(id, action)}>${action.label}</button>`}
        ${iconButton("x", t("toast.dismiss"), () => dismiss(id))}
      </div>`,
    )}
  </div>`;
}
