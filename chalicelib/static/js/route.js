// Where on the dashboard somebody is: the view in the path, the filters in the query, so that a
// link, a reload and Back bring the same again.
import { boot } from "./boot.js";
import { computed, signal } from "./vendor/preact.js";

/**
 * @typedef {"board" | "list" | "calendar" | "mine" | "insights" | "trash"} ViewName
 * @typedef {"q" | "status" | "assignee" | "priority" | "due"} FilterName
 * @typedef {Partial<Record<FilterName, string>>} Filters
 */

const home = `${boot.base}/admin`;

/** @type {ViewName[]} */
const names = ["board", "list", "calendar", "mine", "insights", "trash"];

/** @type {FilterName[]} */
export const filterNames = ["q", "status", "assignee", "priority", "due"];

const place = signal(read());

/** @type {import("./vendor/preact.js").ReadonlySignal<ViewName>} */
export const view = computed(() => place.value.view);

// By its text, so that whoever follows the filters hears of nothing else.
const filterText = computed(() => JSON.stringify(filterNames.map((name) => [name, place.value.query[name]]).filter(([, value]) => value)));

/** What is shown of all tasks. @type {import("./vendor/preact.js").ReadonlySignal<Filters>} */
export const filters = computed(() => Object.fromEntries(JSON.parse(filterText.value)));

/** Whether anything is filtered at all. */
export const filtered = computed(() => filterText.value !== "[]");

/**
 * The address of a view, under the present filters.
 * @param {ViewName} name
 */
export const addressOf = (name) => address({ view: name, query: filters.value });

/** @param {ViewName} name */
export function go(name) {
  if (name === place.peek().view) return;
  history.pushState(null, "", addressOf(name));
  place.value = read();
  scrollTo(0, 0);
}

/**
 * Sets some filters, or with "" takes them away. Back takes a choice back, but not each letter typed.
 * @param {Filters} patch
 */
export function setFilters(patch) {
  const { view: here, query } = place.peek();
  const typing = "q" in patch && query.q;
  move({ view: here, query: { ...query, ...patch } }, !typing);
}

export const clearFilters = () => setFilters(Object.fromEntries(filterNames.map((name) => [name, ""])));

/**
 * What a view keeps in the query for itself, as the list its order.
 * @param {string} name
 */
export const parameter = (name) => place.value.query[name] ?? "";

/**
 * @param {string} name
 * @param {string} value "" takes it away
 */
export function setParameter(name, value) {
  const { view: here, query } = place.peek();
  move({ view: here, query: { ...query, [name]: value } }, false);
}

/** @typedef {{ view: ViewName, query: Record<string, string | undefined> }} Place */

/**
 * @param {Place} to
 * @param {boolean} isStep whether Back leads here again
 */
function move(to, isStep) {
  const wanted = address(to) + location.hash;
  if (wanted === location.pathname + location.search + location.hash) return;
  if (isStep) history.pushState(null, "", wanted);
  else history.replaceState(null, "", wanted);
  place.value = read();
}

/** @param {Place} place */
function address({ view: name, query }) {
  const kept = Object.entries(query).filter((entry) => entry[1]);
  const search = new URLSearchParams(/** @type {[string, string][]} */ (kept)).toString();
  return home + (name === "board" ? "" : `/${name}`) + (search && `?${search}`);
}

/** @returns {Place} */
function read() {
  const last = location.pathname.slice(home.length + 1);
  return {
    view: names.find((name) => name === last) ?? "board",
    query: Object.fromEntries(new URLSearchParams(location.search)),
  };
}

addEventListener("popstate", () => (place.value = read()));
