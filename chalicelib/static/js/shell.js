// The frame around the views: follows the address, and says in the head and the navigation where one is.
import { announce } from "./announcer.js";
import { t } from "./i18n.js";
import { afterPaint } from "./paint.js";
import { addressOf, filters, go, view } from "./route.js";
import { effect, html, render } from "./vendor/preact.js";
import { views } from "./views.js";

/** @typedef {import("./route.js").ViewName} ViewName */

/** @type {Record<ViewName, [title: string, lead: string]>} */
const heads = {
  board: [t("view.board"), t("view.board_lead")],
  list: [t("view.list"), t("view.list_lead")],
  calendar: [t("view.calendar"), t("view.calendar_lead")],
  mine: [t("view.mine"), t("view.mine_lead")],
  insights: [t("view.insights"), t("view.insights_lead")],
  trash: [t("view.trash"), t("view.trash_lead")],
};

/**
 * Puts a component where the server has drawn the same.
 * @param {string} id
 * @param {() => unknown} component
 */
export function fill(id, component) {
  const place = document.getElementById(id);
  if (!place) return;
  // Preact would leave what it cannot reuse of the server's drawing; nothing is painted in between.
  place.replaceChildren();
  render(html`<${component} />`, place);
}

/** The view on the screen: it stays until the next one has come. @type {{ name: ViewName, place: HTMLElement } | null} */
let current = null;

/** @param {ViewName} name */
async function show(name) {
  try {
    const module = await views[name]?.();
    // What has just been fetched has kept the processor busy: keys and clicks get their turn before it is drawn.
    await new Promise((done) => setTimeout(done));
    if (module && name === view.peek() && name !== current?.name) draw(name, module.View);
  } catch {
    const { sayError } = await import("./toasts.js");
    sayError(t("view.failed", { view: heads[name][0] }));
  }
}

/**
 * @param {ViewName} name
 * @param {() => unknown} View
 */
function draw(name, View) {
  const old = current?.place;
  const place = document.createElement("div");
  current = { name, place };
  const host = document.getElementById("view");
  if (!old) host?.replaceChildren();
  else {
    // To take hundreds of cards apart can wait until the new view is seen.
    old.className = "is-left";
    afterPaint(() => {
      render(null, old);
      old.remove();
    });
  }
  host?.append(place);
  render(html`<${View} />`, place);
}

/** @param {ViewName} name */
function describe(name) {
  const [title, lead] = heads[name];
  document.title = `${title} · TaskFlow`;
  const main = document.getElementById("main");
  if (main) main.dataset.view = name;
  document.getElementById("view-title")?.replaceChildren(title);
  document.getElementById("view-lead")?.replaceChildren(lead);
}

/** @returns {HTMLAnchorElement[]} */
const links = () => [...document.querySelectorAll("a[data-view]")].filter((link) => link instanceof HTMLAnchorElement);

/** @param {HTMLAnchorElement} link @returns {ViewName} */
const target = (link) => /** @type {ViewName} */ (link.dataset.view);

/** @param {MouseEvent} event */
function follow(event) {
  const link = event.target instanceof Element && event.target.closest("a[data-view]");
  const isOther = event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
  if (!(link instanceof HTMLAnchorElement) || isOther || event.defaultPrevented) return;
  event.preventDefault();
  go(target(link));
}

/** Shows the view of the address, and those that it moves on to. */
export async function followViews() {
  document.addEventListener("click", follow);
  const first = view.peek();
  // The service worker may have kept the page of another view.
  if (document.getElementById("main")?.dataset.view !== first) describe(first);
  await show(first);
  effect(() => {
    const name = view.value;
    if (current?.name === name) return;
    describe(name);
    announce(heads[name][0]);
    void show(name);
  });
  effect(() => {
    const name = view.value;
    // Links keep the filters, also where they are opened in a tab of their own.
    void filters.value;
    for (const link of links()) {
      link.href = addressOf(target(link));
      if (target(link) === name) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  });
}
