// Weeks as the reader's region begins them, and a month as a grid of such weeks.
import { locale } from "./i18n.js";
import { shifted } from "./time.js";

/** Where a week begins on Sunday, for browsers that do not say it (the most populous regions of CLDR's weekData). */
const sundays = new Set("US CA MX BR CO PE VE AR IN PK BD ID PH JP KR TW HK TH IL ZA KE ET PT".split(" "));

/** 0 is Sunday. */
export const firstWeekday = beginning();

function beginning() {
  const region = /** @type {any} */ (new Intl.Locale(locale).maximize());
  const week = region.getWeekInfo?.() ?? region.weekInfo;
  return week ? week.firstDay % 7 : sundays.has(region.region) ? 0 : 1;
}

/** How many days of its week have passed before a day. @param {string} date */
const passed = (date) => (new Date(date).getUTCDay() - firstWeekday + 7) % 7;

/** @param {string} date */
export const firstOfWeek = (date) => shifted(date, -passed(date));

/** @param {string} date */
export const lastOfWeek = (date) => shifted(firstOfWeek(date), 6);

/**
 * The month so many months later.
 * @param {string} month YYYY-MM
 * @param {number} count
 */
export function monthAfter(month, count) {
  const date = new Date(`${month}-01`);
  date.setUTCMonth(date.getUTCMonth() + count);
  return date.toISOString().slice(0, 7);
}

/**
 * The weeks that have a day of the month, each with its seven days.
 * @param {string} month YYYY-MM
 */
export function weeksOf(month) {
  const last = shifted(`${monthAfter(month, 1)}-01`, -1);
  /** @type {string[][]} */
  const weeks = [];
  for (let first = firstOfWeek(`${month}-01`); first <= last; first = shifted(first, 7)) {
    weeks.push(Array.from({ length: 7 }, (_, index) => shifted(first, index)));
  }
  return weeks;
}
