// The trash: what was deleted, by whom, how long it is kept, and the way back.
import { request } from "./api.js";
import { boot, mayEdit } from "./boot.js";
import { reason, restore } from "./edits.js";
import { MoreButton } from "./emptiness.js";
import { changes } from "./feed.js";
import { locale, t } from "./i18n.js";
import { icon } from "./icons.js";
import { Avatar } from "./people.js";
import { shown } from "./tasks.js";
import { ago, fullMoment, now } from "./time.js";
import { batch, computed, effect, html, signal, useEffect } from "./vendor/preact.js";
import { statuses } from "./words.js";

/** @typedef {Task & { deleted_at: string, deleted_by: { id: string, name: string }, expires_at: string }} Trashed */

const page = 50;
const calm = 500;
const day = 24 * 3600 * 1000;

const loaded = signal(/** @type {Trashed[]} */ ([]));
const state = signal(/** @type {"loading" | "idle" | "failed"} */ ("loading"));
const failure = signal("");
/** Where the next page begins. */
const next = signal(/** @type {string | null} */ (null));

/** What is being restored is on the board at once, and here no more. */
const rows = computed(() => loaded.value.filter(({ id }) => !shown(id).value));

const length = new Intl.NumberFormat(locale, { style: "unit", unit: "day", unitDisplay: "long" });

/** @param {string | null} cursor null: from the start */
async function load(cursor) {
  state.value = "loading";
  try {
    const search = new URLSearchParams({ limit: String(page), team: boot.team.key, ...(cursor && { cursor }) });
    const answer = await request("GET", `/api/trash?${search}`);
    batch(() => {
      const seen = new Set(answer.tasks.map((/** @type {Trashed} */ { id }) => id));
      loaded.value = cursor ? [...loaded.peek().filter(({ id }) => !seen.has(id)), ...answer.tasks] : answer.tasks;
      next.value = answer.next_cursor;
      state.value = "idle";
    });
  } catch (error) {
    failure.value = reason(error);
    state.value = "failed";
  }
}

/** Reads it anew whenever somebody deletes or restores. */
function follow() {
  let timer = 0;
  const stop = effect(() => {
    const latest = changes.value[0];
    if (latest && (latest.action === "deleted" || latest.restored)) timer = setTimeout(() => load(null), calm);
    return () => clearTimeout(timer);
  });
  return () => {
    clearTimeout(timer);
    stop();
  };
}

export function View() {
  useEffect(() => {
    void load(null);
    return follow();
  }, []);
  if (rows.value.length === 0 && !next.value) return html`<${Empty} />`;
  return html`<div class="panel">
    <ul class="lines">${rows.value.map((task) => html`<${Row} key=${task.id} task=${task} />`)}</ul>
    ${next.value && html`<${MoreButton} state=${state.value} onMore=${() => load(next.peek())} />`}
  </div>`;
}

/** @param {{ task: Trashed }} props */
function Row({ task }) {
  const { title, deleted_by: who, deleted_at: at, expires_at: end } = task;
  const left = Math.max(0, Math.ceil((Date.parse(end) - now.value) / day));
  return html`<li class="line is-trashed">
    <span class="tick" title=${statuses[task.status].label}>${icon(statuses[task.status].icon)}<span class="visually-hidden">${statuses[task.status].label}</span></span>
    <p class="line-title"><span>${title}</span></p>
    <span class="line-facts muted">
      <${Avatar} who=${who} /><span>${t("trash.deleted_by", { who: who.name, when: ago(at) })}</span>
      <span title=${fullMoment(end)}>${t("trash.kept", { left: length.format(left) })}</span>
    </span>
    ${mayEdit && html`<button class="button" type="button" onClick=${() => back(task)}>${icon("rotate-ccw")}${t("trash.restore")}<span class="visually-hidden">: ${title}</span></button>`}
  </li>`;
}

/** @param {Trashed} trashed */
function back({ deleted_at: _at, deleted_by: _by, expires_at: _end, ...task }) {
  void restore(task);
}

function Empty() {
  if (state.value === "loading") return html`<div class="panel view-skeleton" aria-hidden="true"><span class="skeleton"></span><span class="skeleton"></span></div>`;
  if (state.value === "failed") {
    return html`<div class="panel empty" role="alert">${icon("circle-alert")}<h2>${failure.value}</h2>
      <button class="button" type="button" onClick=${() => load(null)}>${t("more.again")}</button></div>`;
  }
  return html`<div class="panel empty">${icon("trash-2")}<h2>${t("trash.empty_title")}</h2><p class="muted">${t("trash.empty_lead")}</p></div>`;
}
