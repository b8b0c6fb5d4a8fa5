// My tasks: what waits for the person at the screen, the most pressing first.
import { me } from "./boot.js";
import { MoreButton, NoMatch } from "./emptiness.js";
import { useKeptFocus } from "./focus.js";
import { number, t } from "./i18n.js";
import { icon } from "./icons.js";
import { byPressure, Lines, pressMenu } from "./line.js";
import { mine, own } from "./load.js";
import { lastOfWeek } from "./month.js";
import { addressOf, filtered } from "./route.js";
import { isOpen, visible } from "./tasks.js";
import { shifted, today } from "./time.js";
import { computed, html, useEffect } from "./vendor/preact.js";

/** For so many days what is done stays in sight. */
const recent = 7;

/** @typedef {"overdue" | "today" | "week" | "later" | "none"} GroupName */

/** @type {[GroupName, label: string, image: string][]} */
const groups = [
  ["overdue", t("mine.overdue"), "calendar-x"],
  ["today", t("mine.today"), "calendar-clock"],
  ["week", t("mine.week"), "calendar"],
  ["later", t("mine.later"), "clock"],
  ["none", t("mine.no_date"), "circle-dashed"],
];

/** @param {Task} task @returns {GroupName} */
function groupOf({ due_date: due }) {
  if (!due) return "none";
  if (due < today()) return "overdue";
  if (due === today()) return "today";
  return due <= lastOfWeek(today()) ? "week" : "later";
}

const ownTasks = computed(() => visible.value.filter((task) => task.assigned_to === me.id).sort(byPressure));
const open = computed(() => ownTasks.value.filter(isOpen));
const done = computed(() => {
  const since = shifted(today(), -recent);
  const late = ownTasks.value.filter((task) => task.status === "completed" && (task.completed_at ?? "") >= since);
  return late.sort((a, b) => ((a.completed_at ?? "") < (b.completed_at ?? "") ? 1 : -1));
});

export function View() {
  useKeptFocus();
  useEffect(() => void mine().catch(() => {}), []);
  const isLoading = own.state.value === "loading";
  const tasks = open.value;
  return html`<div class="mine" onClick=${pressMenu}>
    ${tasks.length === 0 && own.state.value !== "failed" && (filtered.value ? html`<${NoMatch} />` : html`<${Nothing} isLoading=${isLoading} />`)}
    ${groups.map(([name, label, image]) => html`<${Group} key=${name} name=${name} label=${label} image=${image} tasks=${tasks.filter((task) => groupOf(task) === name)} />`)}
    <${Rest} />
    ${done.value.length > 0 && html`<details class="panel group">
      <summary class="group-head">${icon("chevron-right")}<h2>${t("mine.done")}</h2><span class="count">${number(done.value.length)}</span></summary>
      <${Lines} tasks=${done.value} hasWho=${false} />
    </details>`}
  </div>`;
}

/** @param {{ name: GroupName, label: string, image: string, tasks: Task[] }} props */
function Group({ name, label, image, tasks }) {
  if (tasks.length === 0) return null;
  return html`<section class="panel group is-${name}" aria-labelledby="mine-${name}">
    <header class="group-head">${icon(image)}<h2 id="mine-${name}">${label}</h2><span class="count">${number(tasks.length)}</span></header>
    <${Lines} tasks=${tasks} hasWho=${false} />
  </section>`;
}

/** @param {{ isLoading: boolean }} props */
function Nothing({ isLoading }) {
  if (isLoading) return html`<div class="panel view-skeleton" aria-hidden="true"><span class="skeleton"></span><span class="skeleton"></span></div>`;
  return html`<div class="panel empty">
    ${icon("inbox")}
    <h2>${t("mine.empty_title")}</h2>
    <p class="muted">${t("mine.empty_lead")}</p>
    <a class="button" data-view="board" href=${addressOf("board")}>${t("mine.to_board")}</a>
  </div>`;
}

/** The way to what is not here yet. */
function Rest() {
  const state = own.state.value;
  if (!own.rest.value && state !== "failed") return null;
  return html`<${MoreButton} state=${state} onMore=${own.more} />`;
}
