// Insights: how the work moves on, and with whom it is.
import { BurnUpChart } from "./burnup.js";
import { DayChart, PeopleChart } from "./charts.js";
import { More } from "./emptiness.js";
import { number, t } from "./i18n.js";
import { column } from "./load.js";
import { Avatar, members, person } from "./people.js";
import { parameter, setParameter } from "./route.js";
import { tasks } from "./tasks.js";
import { useTrend } from "./trend.js";
import { computed, html, useEffect } from "./vendor/preact.js";
import { statuses } from "./words.js";

const ranges = [7, 30, 90];
const usual = 30;
/** Of each status; what is beyond is loaded by a press. */
const mostPages = 5;
/** So many people fit; the others have less to do. */
const mostPeople = 12;

/** @type {Status[]} */
const open = ["pending", "in_progress"];
const columns = open.map(column);

const loads = computed(() => {
  /** @type {Map<string, number[]>} */
  const people = new Map();
  for (const { status, assigned_to: id } of tasks.value) {
    const index = open.indexOf(status);
    if (index < 0) continue;
    const counts = people.get(id ?? "") ?? [0, 0];
    counts[index] = (counts[index] ?? 0) + 1;
    people.set(id ?? "", counts);
  }
  return [...people].sort(([, a], [, b]) => total(b) - total(a));
});

/** @param {number[]} counts */
const total = (counts) => counts.reduce((sum, count) => sum + count, 0);

async function loadOpen() {
  for (const one of columns) for (let page = 0; page < mostPages && !one.whole.peek() && one.state.peek() !== "failed"; page += 1) await one.more();
}

export function View() {
  const wanted = Number(parameter("days"));
  const count = ranges.includes(wanted) ? wanted : usual;
  return html`<div class="insights">
    <div class="switch" role="group" aria-label=${t("insights.range")}>${ranges.map((days) => html`<button type="button" key=${days} aria-pressed=${days === count}
      onClick=${() => setParameter("days", days === usual ? "" : String(days))}>${t("insights.days", { count: days })}</button>`)}</div>
    <${Trends} key=${count} count=${count} />
    <${Loads} />
  </div>`;
}

/** @param {{ count: number }} props */
function Trends({ count }) {
  const { days: list, failed } = useTrend(count);
  const days = list.value;
  const [created, completed] = [total(days.map((day) => day.created)), total(days.map((day) => day.completed))];
  const note = days.length === 0 ? (failed.value ? t("chart.failed") : t("more.loading")) : created + completed === 0 ? t("chart.empty") : "";
  return html`
    <${BurnUpChart} days=${days} failed=${failed.value} />
    <${DayChart} id="chart-flow" title=${t("chart.flow")} note=${note} sentence=${t("chart.flow_says", { created, completed, days: days.length })}
      dates=${days.map(({ date }) => date)} series=${[
        { name: t("chart.created"), look: "rest", shape: "bar", values: days.map((day) => day.created), total: created },
        { name: t("chart.done"), look: "done", shape: "bar", values: days.map((day) => day.completed), total: completed },
      ]} />`;
}

function Loads() {
  useEffect(() => void loadOpen(), []);
  const all = loads.value;
  const nameOf = (/** @type {string} */ id) => (id ? (person(id)?.name ?? tasks.peek().find((task) => task.assigned_to === id)?.assignee_name ?? t("people.someone")) : t("people.nobody"));
  const rows = all.slice(0, mostPeople).map(([id, values]) => ({ key: id, name: nameOf(id), values, face: html`<${Avatar} who=${id ? { id, name: nameOf(id) } : undefined} />` }));
  const sum = total(all.map(([, counts]) => total(counts)));
  const missing = total(columns.map(({ ids, total: there }) => there.value - ids.value.length));
  void members.value;
  if (sum === 0) return html`<section class="panel chart"><header class="chart-head"><h2>${t("chart.load")}</h2></header><p class="plot muted">${t("chart.load_empty")}</p></section>`;
  return html`<${PeopleChart} id="chart-load" title=${t("chart.load")} rows=${rows} parts=${open.map((status) => ({ name: statuses[status].label, look: status }))}
    sentence=${t("chart.load_says", { count: sum, name: nameOf(all[0]?.[0] ?? ""), most: total(all[0]?.[1] ?? []) })}>
    ${missing > 0 && html`<p class="chart-note muted">${t("chart.partial", { count: number(sum), all: number(sum + missing) })}</p><${More} of=${columns} />`}
    ${all.length > mostPeople && html`<p class="chart-note muted">${t("chart.more_people", { count: all.length - mostPeople })}</p>`}
  <//>`;
}
