// The calendar: a month of days with what is due on each, above it what is late. On a phone the days are a list.
import { agenda, Agenda } from "./agenda.js";
import { mayEdit } from "./boot.js";
import { More, NoMatch } from "./emptiness.js";
import { days, eventKeys, Event, openDay } from "./events.js";
import { useKeptFocus } from "./focus.js";
import { locale, number, t } from "./i18n.js";
import { icon, iconButton } from "./icons.js";
import { pressMenu } from "./line.js";
import { column, late, range } from "./load.js";
import { monthAfter, weeksOf } from "./month.js";
import { newTask } from "./opened.js";
import { filtered, parameter, setParameter } from "./route.js";
import { isOpen, keyOf, visible } from "./tasks.js";
import { fullDay, today } from "./time.js";
import { batch, computed, html, signal, useEffect, useLayoutEffect, useRef } from "./vendor/preact.js";

/** So many fit a day; of more the last place says how many. */
const most = 3;
/** So many late ones stand above the month. */
const mostLate = 8;

const monthName = new Intl.DateTimeFormat(locale, { month: "long", year: "numeric", timeZone: "UTC" });
const weekday = new Intl.DateTimeFormat(locale, { weekday: "short", timeZone: "UTC" });
const weekdayName = new Intl.DateTimeFormat(locale, { weekday: "long", timeZone: "UTC" });

const month = computed(() => {
  const wanted = parameter("month");
  return /^[12]\d{3}-(0[1-9]|1[0-2])$/.test(wanted) ? wanted : today().slice(0, 7);
});
const weeks = computed(() => weeksOf(month.value));

/** The day that the keys are at. */
const active = signal("");
/** The day in the grid that Tab comes to. */
const current = computed(() => {
  const all = weeks.value.flat();
  return [active.value, today()].find((date) => all.includes(date) && (date === active.value || date.startsWith(month.value))) ?? `${month.value}-01`;
});
/** What gets the focus as soon as it is drawn. */
const wish = signal(/** @type {{ date: string, id: string } | null} */ (null));

/** Months that were read; what changes in them since arrives by itself. @type {Set<string>} */
const read = new Set();
/** Those of which more is due than was read. */
const cut = signal(/** @type {string[]} */ ([]));
const failed = signal(false);

const overdue = computed(() => [...days.value].filter(([date]) => date < today()).flatMap(([, tasks]) => tasks.filter(isOpen)).sort((a, b) => ((a.due_date ?? "") < (b.due_date ?? "") ? -1 : 1)));
const undated = computed(() => visible.value.filter((task) => !task.due_date && isOpen(task)));

/** No list is of tasks without a date alone: they come with the columns. */
const open = [column("pending"), column("in_progress")];

/** @param {string} wanted YYYY-MM */
async function load(wanted) {
  if (read.has(wanted)) return;
  const all = weeksOf(wanted).flat();
  failed.value = false;
  try {
    if (await range(all[0] ?? "", all.at(-1) ?? "")) cut.value = [...cut.peek(), wanted];
    read.add(wanted);
  } catch {
    failed.value = wanted === month.peek();
  }
}

/** @param {string} wanted */
const show = (wanted) => setParameter("month", wanted === today().slice(0, 7) ? "" : wanted);

/**
 * Brings a day into sight, and the focus to it or to one of its tasks.
 * @param {string} date
 * @param {string} [id]
 */
export function reveal(date, id = "") {
  batch(() => {
    active.value = date;
    wish.value = { date, id };
    if (!weeks.peek().flat().includes(date)) show(date.slice(0, 7));
  });
}

function fulfil() {
  if (!wish.peek()) return;
  const { date, id } = /** @type {{ date: string, id: string }} */ (wish.peek());
  wish.value = null;
  const day = document.querySelector(`#view .day[data-date="${date}"]`);
  const target = (id && day?.querySelector(`[data-task="${CSS.escape(id)}"] a`)) || day;
  if (target instanceof HTMLElement) target.focus();
}

export function View() {
  const root = useRef(/** @type {HTMLElement | null} */ (null));
  const shown = month.value;
  useEffect(() => void load(shown), [shown]);
  useEffect(() => void late.more(), []);
  useEffect(() => (mayEdit ? attachDrag(root) : undefined), []);
  const nothingMatches = filtered.value && visible.value.length === 0;
  return html`<div class="calendar" ref=${root} onClick=${pressMenu}>
    ${nothingMatches && html`<${NoMatch} />`}
    <${Late} />
    <${Undated} />
    <section class="panel" aria-labelledby="month-title">
      <header class="panel-head">
        <h2 id="month-title" aria-live="polite">${monthName.format(new Date(`${shown}-01`))}</h2>
        ${failed.value && html`<button class="button is-quiet" type="button" onClick=${() => load(shown)}>${t("more.failed")}</button>`}
        ${cut.value.includes(shown) && html`<p class="muted">${t("calendar.cut")}</p>`}
        <div class="month-nav">
          ${iconButton("chevron-left", t("calendar.previous"), () => show(monthAfter(shown, -1)))}
          <button class="button" type="button" onClick=${() => show(today().slice(0, 7))}>${t("due.today")}</button>
          ${iconButton("chevron-right", t("calendar.next"), () => show(monthAfter(shown, 1)))}
        </div>
      </header>
      ${agenda.value ? html`<${Agenda} month=${shown} />` : html`<${Grid} />`}
    </section>
  </div>`;
}

function Grid() {
  // Drawn whenever tasks move or the focus shall, so that it can be put where it belongs.
  void days.value;
  void wish.value;
  useKeptFocus();
  useLayoutEffect(fulfil);
  const rows = weeks.value;
  return html`<table class="month" role="grid" aria-labelledby="month-title" aria-describedby="month-keys" onKeyDown=${onKey} onClick=${onClick}>
    <thead><tr>${rows[0]?.map((date) => html`<th scope="col" abbr=${weekdayName.format(new Date(date))}>${weekday.format(new Date(date))}</th>`)}</tr></thead>
    <tbody>${rows.map((week) => html`<tr>${week.map((date) => html`<${Day} date=${date} />`)}</tr>`)}</tbody>
  </table>
  <p class="month-keys muted" id="month-keys">${mayEdit ? t("calendar.keys") : t("calendar.keys_viewer")}</p>`;
}

/** @param {{ date: string }} props */
function Day({ date }) {
  const tasks = days.value.get(date) ?? [];
  const isHere = current.value === date;
  const count = tasks.length > most ? most - 1 : most;
  const rest = tasks.length - count;
  const look = `day${date.startsWith(month.value) ? "" : " is-outside"}${date === today() ? " is-today" : ""}`;
  return html`<td role="gridcell" class=${look} data-date=${date} tabindex=${isHere ? 0 : -1} aria-current=${date === today() ? "date" : null}>
    <span class="day-number" aria-hidden="true">${number(Number(date.slice(8)))}</span>
    <span class="visually-hidden">${fullDay(date)}${tasks.length > 0 && `, ${t("calendar.count", { count: tasks.length })}`}</span>
    ${tasks.length > 0 && html`<ul class="events">${tasks.slice(0, count).map((task) => html`<${Event} key=${keyOf(task.id)} task=${task} isOff=${!isHere} />`)}</ul>`}
    ${rest > 0 && html`<button class="events-more" type="button" tabindex=${isHere ? 0 : -1} aria-haspopup="dialog" aria-expanded="false"
      data-more>${t("calendar.more", { count: rest })}<span class="visually-hidden">, ${fullDay(date)}</span></button>`}
  </td>`;
}

/** @param {Element | EventTarget | null} target @returns {HTMLElement | null} */
const dayOf = (target) => (target instanceof Element ? target.closest(".day") : null);

/** @param {MouseEvent} event */
function onClick({ target }) {
  const day = dayOf(target);
  const date = day?.dataset.date;
  if (!date || !(target instanceof Element)) return;
  active.value = date;
  const button = target.closest("button, a");
  if (button instanceof HTMLElement && button.hasAttribute("data-more")) openDay(button, date);
  else if (!button && mayEdit) newTask({ due_date: date });
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  const day = dayOf(event.target);
  if (!day || event.ctrlKey || event.metaKey || event.altKey) return;
  if (eventKeys(event, day, { reveal, week: weeks.peek().find((week) => week.includes(day.dataset.date ?? "")) ?? [] })) event.preventDefault();
}

/** What is late, and can be given a day from here. */
function Late() {
  const tasks = overdue.value;
  if (tasks.length === 0) return null;
  const rest = tasks.length - mostLate;
  return html`<section class="panel strip is-late" aria-labelledby="late-title">
    <header>${icon("calendar-x")}<h2 id="late-title">${t("stat.overdue")}</h2><span class="count">${number(tasks.length)}${late.rest.value && "+"}</span></header>
    <ul class="events">${tasks.slice(0, mostLate).map((task) => html`<${Event} key=${keyOf(task.id)} task=${task} hasDue />`)}</ul>
    ${rest > 0 && html`<button class="events-more" type="button" aria-haspopup="dialog" aria-expanded="false"
      onClick=${(/** @type {{ currentTarget: HTMLElement }} */ { currentTarget }) => openDay(currentTarget, "", overdue, late)}>${t("calendar.more", { count: rest })}</button>`}
  </section>`;
}

/** What has no day yet: from here it gets one, and dropped here it loses it. */
function Undated() {
  const tasks = undated.value;
  return html`<details class="panel strip" data-date="">
    <summary>${icon("chevron-right")}<h2>${t("calendar.undated")}</h2><span class="count">${number(tasks.length)}${open.some(({ whole }) => !whole.value) && "+"}</span></summary>
    <ul class="events">${tasks.map((task) => html`<${Event} key=${keyOf(task.id)} task=${task} />`)}</ul>
    <${More} of=${open} />
  </details>`;
}

/**
 * Drag and drop is not needed for the first paint.
 * @param {{ current: HTMLElement | null }} root
 */
function attachDrag(root) {
  let detach = () => {};
  let isGone = false;
  import("./calendardrag.js").then(({ attach }) => {
    if (!isGone && root.current) detach = attach(root.current);
  }, () => {});
  return () => {
    isGone = true;
    detach();
  };
}
