// A month as a list of the days on which something is due, for screens too narrow for a grid.
import { mayEdit } from "./boot.js";
import { days } from "./events.js";
import { locale, t } from "./i18n.js";
import { icon, iconButton } from "./icons.js";
import { Lines } from "./line.js";
import { newTask } from "./opened.js";
import { fullDay, today } from "./time.js";
import { html, signal } from "./vendor/preact.js";

const narrow = matchMedia("(width <= 48rem)");
const short = new Intl.DateTimeFormat(locale, { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" });

/** Whether the days are a list. */
export const agenda = signal(narrow.matches);
narrow.addEventListener("change", () => (agenda.value = narrow.matches));

/** @param {{ month: string }} props */
export function Agenda({ month }) {
  const dates = [...new Set([...days.value.keys(), today()])].filter((date) => date.startsWith(month)).sort();
  // What has passed waits behind a button: one looks for today, not for the first.
  const past = month === today().slice(0, 7) ? dates.filter((date) => date < today()) : [];
  if (dates.length === 0) return html`<p class="agenda-empty muted">${t("calendar.nothing")}</p>`;
  return html`
    ${past.length > 0 && html`<details class="agenda-past"><summary>${icon("chevron-right")}<h3>${t("calendar.earlier")}</h3></summary><${Dates} dates=${past} /></details>`}
    <${Dates} dates=${dates.slice(past.length)} />`;
}

/** @param {{ dates: string[] }} props */
const Dates = ({ dates }) => html`<ol class="agenda">${dates.map((date) => html`<${DayList} key=${date} date=${date} />`)}</ol>`;

/** @param {{ date: string }} props */
function DayList({ date }) {
  const tasks = days.value.get(date) ?? [];
  const isToday = date === today();
  return html`<li data-date=${date}>
    <header><h3><time datetime=${date}>${short.format(new Date(date))}</time>${isToday && html` <span class="badge is-medium">${t("due.today")}</span>`}</h3>
      ${mayEdit && iconButton("plus", t("calendar.add", { day: fullDay(date) }), () => newTask({ due_date: date }))}
    </header>
    ${tasks.length > 0 ? html`<${Lines} tasks=${tasks} />` : html`<p class="muted">${t("calendar.nothing_today")}</p>`}
  </li>`;
}
