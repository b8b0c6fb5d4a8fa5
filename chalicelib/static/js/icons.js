// An icon of the sprite. It is decoration: the words beside it, or the control's label, say it.
import { html } from "./vendor/preact.js";

const sprite = new URL("../icons.svg", import.meta.url).pathname;

/**
 * @param {string} name
 * @param {string} [extra] another class
 */
export function icon(name, extra = "") {
  return html`<svg class=${extra ? `icon ${extra}` : "icon"} aria-hidden="true"><use href=${`${sprite}#${name}`}></use></svg>`;
}

/**
 * A button that shows nothing but an icon: its label is its name, and what the pointer is told.
 * @param {string} image
 * @param {string} label
 * @param {(event: Event) => unknown} run
 * @param {string} [keys] that do the same
 */
export const iconButton = (image, label, run, keys) =>
  html`<button class="icon-button" type="button" aria-label=${label} title=${label} aria-keyshortcuts=${keys} onClick=${run}>${icon(image)}</button>`;
