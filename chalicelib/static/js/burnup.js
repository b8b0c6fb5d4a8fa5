// The burn-up: how much there is to do, and how much of it is done.
import { DayChart } from "./charts.js";
import { t } from "./i18n.js";
import { useTrend } from "./trend.js";
import { html } from "./vendor/preact.js";

/** @param {{ days: import("./trend.js").Day[], failed: boolean, isSmall?: boolean }} props */
export function BurnUpChart({ days, failed, isSmall }) {
  const [first, last] = [days[0], days.at(-1)];
  const isEmpty = !days.some(({ scope }) => scope > 0);
  const note = failed && !first ? t("chart.failed") : first && isEmpty ? t("chart.empty") : first ? "" : t("more.loading");
  const sentence = t("chart.burnup_says", { scope: last?.scope ?? 0, done: last?.done ?? 0, days: days.length, before: first?.scope ?? 0, then: first?.done ?? 0 });
  return html`<${DayChart} id=${isSmall ? "burnup-title" : "chart-burnup"} title=${t("chart.burnup")} sentence=${sentence} note=${note} isSmall=${isSmall}
    dates=${days.map(({ date }) => date)} series=${[
      { name: t("chart.done"), look: "done", shape: "area", values: days.map(({ done }) => done), total: last?.done ?? 0 },
      { name: t("chart.scope"), look: "rest", shape: "dashed", values: days.map(({ scope }) => scope), total: last?.scope ?? 0 },
    ]} />`;
}

/** The small one beside the board. */
export function BurnUp() {
  const { days, failed } = useTrend(30);
  return html`<${BurnUpChart} days=${days.value} failed=${failed.value} isSmall />`;
}
