// The six counts.
import { number, t } from "./i18n.js";
import { icon } from "./icons.js";
import { stats } from "./stats.js";
import { html } from "./vendor/preact.js";

/** @type {{ id: string, label: string, image: string, count: (stats: Stats) => number }[]} */
const cards = [
  { id: "total", label: t("stat.total"), image: "layers", count: (counts) => counts.total_tasks },
  { id: "pending", label: t("status.pending"), image: "circle-dashed", count: (counts) => counts.pending },
  { id: "in_progress", label: t("status.in_progress"), image: "clock", count: (counts) => counts.in_progress },
  { id: "completed", label: t("status.completed"), image: "circle-check", count: (counts) => counts.completed },
  { id: "overdue", label: t("stat.overdue"), image: "triangle-alert", count: (counts) => counts.overdue },
  { id: "users", label: t("stat.users"), image: "users", count: (counts) => counts.total_users },
];

export function Cards() {
  return cards.map(({ id, label, image, count }) => {
    const value = count(stats.value);
    return html`<div class="stat is-${id}${value === 0 ? " is-zero" : ""}" key=${id}>
      <dt>${icon(image)}${label}</dt>
      <dd>${number(value)}</dd>
    </div>`;
  });
}
