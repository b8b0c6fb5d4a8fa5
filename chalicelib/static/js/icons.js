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
