// Keys that work anywhere on the page: "n", "?", "g b" one after the other, "mod+k" with Ctrl or Cmd.
// By what a key types, not by where it is: "?" is elsewhere on each keyboard.

/** @typedef {Record<string, () => void>} Actions */

const patience = 1200;
/** The page's own keys. @type {Actions[]} */
const page = [];
/** What is open over the page takes the keys for itself, the last one first. @type {Actions[]} */
const layers = [];

let begun = "";
let begunAt = 0;

/** @param {Actions} actions */
export const listen = (actions) => void page.push(actions);

/**
 * Only these keys, until what is returned is called.
 * @param {Actions} actions
 * @returns {() => void}
 */
export function capture(actions) {
  layers.push(actions);
  return () => void layers.splice(layers.indexOf(actions), 1);
}

document.addEventListener("keydown", (event) => {
  const name = nameOf(event);
  if (!name || event.defaultPrevented || event.isComposing || isElsewhere(event.target, name)) return;
  const layer = layers.at(-1);
  const sources = layer ? [layer] : page;
  /** @param {string} keys */
  const find = (keys) => sources.findLast((one) => Object.hasOwn(one, keys))?.[keys];
  const action = begun && performance.now() - begunAt < patience ? find(`${begun} ${name}`) : find(name);
  begun = action || !sources.some((one) => Object.keys(one).some((keys) => keys.startsWith(`${name} `))) ? "" : name;
  begunAt = performance.now();
  if (!action || (event.repeat && !/^([jk]|arrow.*)$/.test(name))) return;
  event.preventDefault();
  action();
});

/** @param {KeyboardEvent} event */
function nameOf({ key, altKey, ctrlKey, metaKey, shiftKey }) {
  if (altKey || key === "Shift") return "";
  const name = key.toLowerCase();
  const isShifted = shiftKey && (name.length > 1 || name !== key || ctrlKey || metaKey);
  return `${ctrlKey || metaKey ? "mod+" : ""}${isShifted ? "shift+" : ""}${name}`;
}

/**
 * Whether the key belongs to a field or to something modal.
 * @param {EventTarget | null} target
 * @param {string} name
 */
function isElsewhere(target, name) {
  if (document.querySelector("dialog[open], .popover:popover-open")) return true;
  if (name === "escape" || name.startsWith("mod+")) return false;
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input:not([type=checkbox]), textarea, select"));
}
