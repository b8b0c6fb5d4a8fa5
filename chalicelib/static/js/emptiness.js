// What a view says when it has nothing to show, and the way to more when it has not shown everything.
import { mayEdit } from "./boot.js";
import { t } from "./i18n.js";
import { icon } from "./icons.js";
import { searching } from "./load.js";
import { newTask } from "./opened.js";
import { clearFilters, filtered } from "./route.js";
import { html } from "./vendor/preact.js";

export function NoTasks() {
  return html`<div class="panel empty">
    ${icon("list-todo")}
    <h2>${t("empty.no_tasks")}</h2>
    <p class="muted">${mayEdit ? t("empty.no_tasks_hint") : t("empty.no_tasks_viewer")}</p>
    ${mayEdit && html`<button class="button is-primary" type="button" onClick=${() => newTask()}>${icon("plus")}${t("empty.create_first")}</button>
      <p class="muted">${t("empty.press_key")} <kbd>N</kbd></p>`}
  </div>`;
}

export function NoMatch() {
  if (searching.value) return html`<div class="panel empty" role="status">${icon("search")}<h2>${t("filter.searching")}</h2></div>`;
  return html`<div class="panel empty" role="status">
    ${icon("search")}
    <h2>${t("filter.no_match")}</h2>
    <p class="muted">${t("filter.no_match_hint")}</p>
    <button class="button" type="button" onClick=${clearFilters}>${t("filter.clear")}</button>
  </div>`;
}

/**
 * The button for the next page of one column or several; nothing when all of it is here.
 * @param {{ of: ReturnType<typeof import("./load.js").column>[] }} props
 */
export function More({ of }) {
  const open = of.filter(({ ids, total, whole }) => !whole.value && ids.value.length < total.value);
  if (open.length === 0 || filtered.value) return null;
  const states = open.map(({ state }) => state.value);
  const count = open.reduce((sum, { ids, total }) => sum + total.value - ids.value.length, 0);
  const state = states.find((one) => one === "loading") ?? states.find((one) => one === "failed");
  return html`<${MoreButton} state=${state} label=${t("more.show", { count })} onMore=${() => open.forEach(({ more }) => void more())} />`;
}

/** @param {{ state: string | undefined, label?: string, onMore: () => unknown }} props */
export function MoreButton({ state, label = t("mine.more"), onMore }) {
  const isLoading = state === "loading";
  return html`<button class="button is-quiet is-wide more" type="button" aria-disabled=${isLoading ? "true" : null} onClick=${() => isLoading || onMore()}>
    ${isLoading ? t("more.loading") : state === "failed" ? t("more.failed") : label}
  </button>`;
}
