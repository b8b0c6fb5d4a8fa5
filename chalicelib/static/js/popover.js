// One floating panel for the whole page: what stands in it depends on the button that opened it.
// A panel per row would be hundreds of nodes that nobody looks at.
import { known } from "./tasks.js";
import { html, signal, useLayoutEffect, useRef } from "./vendor/preact.js";

const gap = 4;
const margin = 8;

/**
 * @typedef {object} Panel
 * @property {HTMLElement} anchor
 * @property {"menu" | "dialog"} role
 * @property {string} label
 * @property {() => unknown} content
 */

const panel = signal(/** @type {Panel | null} */ (null));

/**
 * Opens at its anchor; a second press of the same button closes.
 * @param {Panel} wanted
 */
export function toggle(wanted) {
  const same = panel.peek()?.anchor === wanted.anchor;
  close();
  if (same) return;
  wanted.anchor.setAttribute("aria-expanded", "true");
  panel.value = wanted;
}

export function close() {
  const current = panel.peek();
  if (!current) return;
  const inside = document.activeElement?.closest(".popover");
  current.anchor.setAttribute("aria-expanded", "false");
  panel.value = null;
  if (inside) current.anchor.focus();
}

export function PopoverHost() {
  const current = panel.value;
  return current && html`<${Floating} key=${current.label} panel=${current} rows=${known.value} />`;
}

/** @param {{ panel: Panel }} props */
function Floating({ panel: { anchor, role, label, content } }) {
  const ref = useRef(/** @type {HTMLElement | null} */ (null));

  useLayoutEffect(() => {
    const box = ref.current;
    if (!box) return undefined;
    box.showPopover();
    place(box, anchor);
    const first = /** @type {HTMLElement | null} */ (
      box.querySelector("[aria-checked=true]") ?? box.querySelector("button, input")
    );
    first?.focus({ preventScroll: true });
    return dismissOutside(box, anchor);
  }, []);

  // Rows come and go while the panel is open: it stays with its button.
  useLayoutEffect(() => {
    if (ref.current) place(ref.current, anchor);
  });

  return html`<div class="popover" popover="manual" ref=${ref} role=${role} aria-label=${label}
    onKeyDown=${(/** @type {KeyboardEvent} */ event) => onKey(event, ref.current)}>${content()}</div>`;
}

/**
 * @param {HTMLElement} box
 * @param {HTMLElement} anchor
 */
function place(box, anchor) {
  const at = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = box;
  const below = at.bottom + gap;
  const fits = below + height + margin <= innerHeight || at.top - gap - height < margin;
  box.style.left = `${Math.max(margin, Math.min(at.left, innerWidth - width - margin))}px`;
  box.style.top = `${fits ? Math.max(margin, Math.min(below, innerHeight - height - margin)) : at.top - gap - height}px`;
}

/**
 * @param {HTMLElement} box
 * @param {HTMLElement} anchor
 */
function dismissOutside(box, anchor) {
  const follow = () => place(box, anchor);
  /** @param {Event} event */
  const outside = ({ target }) => {
    if (target instanceof Node && !box.contains(target) && !anchor.contains(target)) close();
  };
  const options = { capture: true, passive: true };
  document.addEventListener("pointerdown", outside, options);
  addEventListener("scroll", follow, options);
  addEventListener("resize", follow, options);
  return () => {
    document.removeEventListener("pointerdown", outside, options);
    removeEventListener("scroll", follow, options);
    removeEventListener("resize", follow, options);
  };
}

/**
 * @param {KeyboardEvent} event
 * @param {HTMLElement | null} box
 */
function onKey(event, box) {
  if (event.key === "Escape" || (event.key === "Tab" && box?.getAttribute("role") === "menu")) {
    if (event.key === "Escape") event.preventDefault();
    event.stopPropagation();
    close();
    return;
  }
  const buttons = [...(box?.querySelectorAll("button") ?? [])];
  const next = destination(event, buttons);
  if (!next) return;
  event.preventDefault();
  next.focus();
}

/**
 * Where an arrow, Home, End or a typed letter leads.
 * @param {KeyboardEvent} event
 * @param {HTMLButtonElement[]} buttons
 */
function destination(event, buttons) {
  if (event.target instanceof HTMLInputElement || event.ctrlKey || event.metaKey || event.altKey) return undefined;
  const here = buttons.findIndex((button) => button === document.activeElement);
  if (event.key === "ArrowDown") return buttons[(here + 1) % buttons.length];
  if (event.key === "ArrowUp") return buttons.at(here < 0 ? -1 : here - 1);
  if (event.key === "Home") return buttons[0];
  if (event.key === "End") return buttons.at(-1);
  if (event.key.length !== 1 || event.key === " ") return undefined;
  const letter = event.key.toLowerCase();
  const round = [...buttons.slice(here + 1), ...buttons.slice(0, here + 1)];
  return round.find((button) => button.textContent?.trim().toLowerCase().startsWith(letter));
}
