// Days as people write them, English and German at once: "in 3 days", "nächsten Freitag", "28 nov", "2026-11-28".

/** @typedef {{ start: number, end: number, raw: string, key: string, escaped: boolean }} Word */

/**
 * A name and its group: "monday montag|tuesday" has two names of 0.
 * @param {string} groups
 */
export const groups = (groups) =>
  new Map(groups.split("|").flatMap((names, group) => names.split(" ").map((name) => /** @type {[string, number]} */ ([name, group]))));

const soon = groups("today tonight heute|tomorrow tmr tmrw morgen|übermorgen uebermorgen");
const weekdays = groups(
  "monday montag|tuesday dienstag|wednesday mittwoch|thursday donnerstag|friday freitag|saturday samstag sonnabend|sunday sonntag",
);
/** Most of these are words of their own too ("sun", "so"): they count only where a day is expected. */
const english = groups("mon|tue tues|wed|thu thur thurs|fri|sat|sun");
const german = groups("mo|di|mi|do|fr|sa|so");
const months = groups(
  "january januar jänner jan|february februar feber feb|march märz maerz mar mär mrz|april apr|may mai|june juni jun|" +
    "july juli jul|august aug|september sep sept|october oktober oct okt|november nov|december dezember dec dez",
);
const numbers = groups(
  "|a an one ein eine einem einer einen|two zwei|three drei|four vier|five fünf fuenf|six sechs|seven sieben|eight acht|nine neun|ten zehn",
);
const units = groups("day days tag tage tagen|week weeks woche wochen|month months monat monate monaten|year years jahr jahre jahren");
const next = groups("next nächsten nächste nächster nächstes naechsten naechste naechster naechstes");
const coming = groups("this coming diesen diese dieses kommenden kommende kommendes");
/** What leads to a day belongs to it: "due by friday", "bis zum 3. Mai". */
const leads = groups("due on by until till fällig faellig am bis zum");
/** After these "morgen" is the morning. */
const mornings = groups("am guten jeden der den dem gegen heute");

/**
 * The day that begins at a word.
 * @param {Word[]} words
 * @param {number} at
 * @param {{today: string, language: string}} context
 * @returns {{ value: string | null, words: number } | null} value: null for a day that does not exist
 */
export function dayAt(words, at, context) {
  let skip = 0;
  while (skip < 2 && leads.has(keyOf(words, at + skip, at))) skip += 1;
  const found = inWords(words, at + skip, skip > 0, context) ?? inNumbers(words, at + skip, context.today);
  return found && { value: found[0], words: skip + found[1] };
}

/**
 * A later word with a backslash ends the phrase.
 * @param {Word[]} words
 * @param {number} at
 * @param {number} from where the phrase begins
 */
function keyOf(words, at, from) {
  const word = words[at];
  return !word || (at > from && word.escaped) ? "" : word.key;
}

/**
 * @param {Word[]} words
 * @param {number} at
 * @param {boolean} isLed
 * @param {{today: string, language: string}} context
 * @returns {[string | null, number] | null} the day and how many words say it
 */
function inWords(words, at, isLed, { today, language }) {
  /** @param {number} ahead */
  const key = (ahead) => keyOf(words, at + ahead, at);
  const first = key(0);
  if (isLed && words[at]?.escaped) return null;
  const days = soon.get(first);
  if (days !== undefined) {
    const before = words[at - 1]?.key ?? "";
    return first === "morgen" && (mornings.has(before) || weekdays.has(before)) ? null : [plus(today, days), 1];
  }
  const article = Number(first === "the");
  if (key(article) === "day" && key(article + 1) === "after" && key(article + 2) === "tomorrow") return [plus(today, 2), article + 3];
  if (first === "in") return later(key, today);

  const isNext = next.has(first);
  const named = Number(isNext || coming.has(first));
  const expected = isLed || named > 0;
  const isLast = at === words.length - 1 && language !== "de";
  const name = key(named);
  const day = weekdays.get(name) ?? (expected || isLast ? english.get(name) : undefined) ?? (expected ? german.get(name) : undefined);
  if (day !== undefined) return [isNext ? nextWeek(today, day) : weekday(today, day), 1 + named];
  if (!isNext) return null;
  const unit = units.get(name);
  if (unit === 1) return [nextWeek(today, 0), 2];
  if (unit === 2) return [plusMonths(`${today.slice(0, 8)}01`, 1), 2];
  return unit === 3 ? [iso(Number(today.slice(0, 4)) + 1, 1, 1), 2] : null;
}

/**
 * "in 3 days", "in einer Woche".
 * @param {(ahead: number) => string} key
 * @param {string} today
 * @returns {[string | null, number] | null}
 */
function later(key, today) {
  const count = /^\d{1,4}$/.test(key(1)) ? Number(key(1)) : numbers.get(key(1));
  const unit = units.get(key(2));
  if (!count || unit === undefined) return null;
  return [unit < 2 ? plus(today, count * (unit ? 7 : 1)) : plusMonths(today, count * (unit === 2 ? 1 : 12)), 3];
}

/**
 * 2026-11-28, 28.11., 28 nov 2026, 28th of November, Nov 28.
 * @param {Word[]} words
 * @param {number} at
 * @param {string} today
 * @returns {[string | null, number] | null}
 */
function inNumbers(words, at, today) {
  /** @param {number} ahead */
  const key = (ahead) => keyOf(words, at + ahead, at);
  const raw = words[at]?.raw ?? "";
  const exact = /^(\d{4})-(\d\d)-(\d\d)\.?$/.exec(raw);
  if (exact) return [iso(Number(exact[1]), Number(exact[2]), Number(exact[3])), 1];
  const dotted = /^(\d\d?)\.(\d\d?)\.(\d{4}|\d\d)?\.?$/.exec(raw);
  if (dotted) return withDots(Number(dotted[1]), Number(dotted[2]), dotted[3], today);
  const numeral = /^(\d\d?)(?:st|nd|rd|th)?$/;
  const before = numeral.exec(key(0));
  const of = Number(before !== null && key(1) === "of");
  const month = months.get(before ? key(1 + of) : key(0));
  const day = Number((before ?? numeral.exec(key(1)))?.[1]);
  if (month === undefined || !(day >= 1 && day <= 31)) return null;
  const year = /^(?:19|20|21)\d\d$/.exec(key(2 + of));
  return year ? [iso(Number(year[0]), month + 1, day), 3 + of] : [upcoming(today, month + 1, day), 2 + of];
}

/**
 * @param {number} day
 * @param {number} month
 * @param {string | undefined} year two digits or four
 * @param {string} today
 * @returns {[string | null, number] | null} 28.13. is no day but a number of something
 */
function withDots(day, month, year, today) {
  if (day < 1 || day > 31 || month < 1 || month > 12) return null;
  return [year ? iso(Number(year.length === 2 ? `20${year}` : year), month, day) : upcoming(today, month, day), 1];
}

/**
 * @param {number} year
 * @param {number} month from 1
 * @param {number} day
 * @returns {string | null} null when there is no such day
 */
function iso(year, month, day) {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const isReal = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return isReal && year >= 1 && year <= 9999 ? date.toISOString().slice(0, 10) : null;
}

/**
 * @param {string} today
 * @param {number} days
 */
function plus(today, days) {
  const date = new Date(today);
  date.setUTCDate(date.getUTCDate() + days);
  return iso(date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate());
}

/**
 * The same day of a later month, or that month's last.
 * @param {string} today
 * @param {number} count
 */
function plusMonths(today, count) {
  const [year, month, day] = today.split("-").map(Number);
  const index = Number(month) - 1 + count;
  const last = new Date(Date.UTC(Number(year), index + 1, 0)).getUTCDate();
  return iso(Number(year) + Math.floor(index / 12), (index % 12) + 1, Math.min(Number(day), last));
}

/** @param {string} day @returns {number} 0 is Monday */
const weekdayOf = (day) => (new Date(day).getUTCDay() + 6) % 7;

/** The first one after today. @param {string} today @param {number} day */
const weekday = (today, day) => plus(today, ((day - weekdayOf(today) + 6) % 7) + 1);

/** The one of the week that begins on the coming Monday. @param {string} today @param {number} day */
const nextWeek = (today, day) => plus(today, 7 - weekdayOf(today) + day);

/**
 * A day without a year is the first that is not over.
 * @param {string} today
 * @param {number} month
 * @param {number} day
 */
function upcoming(today, month, day) {
  for (let ahead = 0; ahead <= 8; ahead += 1) {
    const date = iso(Number(today.slice(0, 4)) + ahead, month, day);
    if (date && date >= today) return date;
  }
  return null;
}
