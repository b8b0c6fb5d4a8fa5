// The six counts.
import { icon } from "./icons.js";
import { stats } from "./stats.js";
import { html } from "./vendor/preact.js";

/** @type {{ id: string, label: string, image: string, count: (stats: Stats) => number }[]} */
const cards = [
  { id: "total", label: "Total", image: "layers", count: (counts) => counts.total_tasks },
  { id: "pending", label: "Pending", image: "circle-dashed", count: (counts) => counts.pending },
  { id: "in_progress", label: "In progress", image: "clock", count: (counts) => counts.in_progress },
  { id: "completed", label: "Completed", image: "circle-check", count: (counts) => counts.completed },
  { id: "overdue", label: "Overdue", image: "triangle-alert", count: (counts) => counts.overdue },
  { id: "users", label: "Users", image: "users", count: (counts) => counts.total_users },
];

const numbers = new Intl.NumberFormat(document.documentElement.lang || "en");

export function Cards() {
  return cards.map(({ id, label, image, count }) => {
    const value = count(stats.value);
    return html`<div class="stat is-${id}${value === 0 ? " is-zero" : ""}" key=${id}>
      <dt>${icon(image)}${label}</dt>
      <dd>${numbers.format(value)}</dd>
    </div>`;
  });
}
