// Dates and times as people say them.
import { boot } from "./boot.js";
import { locale, t } from "./i18n.js";
import { computed, signal } from "./vendor/preact.js";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "short" });
const relativeDay = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
const monthDay = new Intl.DateTimeFormat(locale, { month: "short", day: "numeric", timeZone: "UTC" });
const monthDayYear = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" });
const full = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeZone: "UTC" });
/** The profile's time zone, else the browser's. */
export const timeZone = known(boot.user.time_zone);

const moment = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short", timeZone });
/** Sweden writes YYYY-MM-DD. */
const iso = new Intl.DateTimeFormat("sv", { timeZone });

/** Moves on by itself, so that "2 min ago" stays true. */
export const now = signal(Date.now());
setInterval(() => (now.value = Date.now()), 20 * second);

const thisDay = computed(() => iso.format(now.value));

/** Today in that time zone, YYYY-MM-DD. Who asks is drawn anew when the day ends, not at every tick. */
export const today = () => thisDay.value;

/**
 * The day so many days later.
 * @param {string} date YYYY-MM-DD
 * @param {number} days
 */
export const shifted = (date, days) => new Date(Date.parse(date) + days * day).toISOString().slice(0, 10);

/** @param {number} count of days from today */
export const dayFromToday = (count) => shifted(today(), count);

/**
 * "yesterday", "in 2 days", "Nov 28".
 * @param {string} date YYYY-MM-DD
 */
export function dayLabel(date) {
  const days = Math.round((Date.parse(date) - Date.parse(today())) / day);
  if (Math.abs(days) <= 3) return relativeDay.format(days, "day");
  return (date.slice(0, 4) === today().slice(0, 4) ? monthDay : monthDayYear).format(new Date(date));
}

/** @param {string} date YYYY-MM-DD */
export const fullDay = (date) => full.format(new Date(date));

/**
 * "now", "5 min. ago", "yesterday".
 * @param {string} at ISO 8601
 */
export function ago(at) {
  // A server's clock a little ahead of ours must not announce the future.
  const passed = Math.max(0, now.value - Date.parse(at));
  if (passed < minute) return t("time.just_now");
  if (passed < hour) return relative.format(-Math.floor(passed / minute), "minute");
  if (passed < day) return relative.format(-Math.floor(passed / hour), "hour");
  return relative.format(-Math.floor(passed / day), "day");
}

/** @param {string} at ISO 8601 */
export const fullMoment = (at) => moment.format(new Date(at));

/** @param {Task} task */
export function dueState(task) {
  const open = task.status === "pending" || task.status === "in_progress";
  if (!task.due_date || !open) return "";
  if (task.due_date < today()) return "overdue";
  return task.due_date === today() ? "today" : "";
}

/**
 * A browser may be older than a time zone.
 * @param {string | null} name
 */
function known(name) {
  try {
    return new Intl.DateTimeFormat(locale, { timeZone: name ?? undefined }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}
