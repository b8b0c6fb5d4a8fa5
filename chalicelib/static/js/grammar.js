// One typed line as a task: days in words, p1 to p4, @person and !status leave the title. Pure, and
// linear in the length of the line. A backslash or quotes keep words as they are.
import { dayAt, groups } from "./days.js";

/**
 * @typedef {import("./days.js").Word} Word
 * @typedef {"due_date" | "priority" | "assigned_to" | "status"} Field
 * @typedef {{ field: Field, value: string, start: number, end: number }} Span
 * @typedef {{ kind: "date" | "person" | "people" | "empty" | "long", start: number, end: number, text: string }} Fault
 * @typedef {{ id: string, name: string }} Member
 * @typedef {{ today: string, language: string, me: string, members: Member[] }} Context
 * @typedef {{ id: string, words: string[][] }} Known a member's words, each as it may be written
 * @typedef {{ field: Field, value: string | null, words: number, kind?: Fault["kind"] }} Match
 */

const longest = 200;
const offered = 6;

const priorities = groups("p1|p2|p3|p4");
const priorityNames = ["urgent", "high", "medium", "low"];
const statuses = groups(
  "todo open pending offen ausstehend|doing progress started in_progress begonnen läuft laeuft arbeit|" +
    "done completed finished fertig erledigt|cancelled canceled cancel abgebrochen",
);
const statusNames = ["pending", "in_progress", "completed", "cancelled"];
/** The dot of "28.11." and "28. Nov." belongs to the day, that of "friday." to the sentence. */
const withDot = /^(?:\d|(?:jan|feb|mar|mär|mrz|apr|jun|jul|aug|sept?|o[ck]t|nov|de[cz])\.$)/i;
const myself = groups("me ich mir mich");

/**
 * Of several days, people and so on the last counts; the others stay in the title.
 * @param {string} text
 * @param {Context} context
 * @returns {{ title: string, fields: Partial<Record<Field, string>>, spans: Span[], faults: Fault[] }}
 */
export function parse(text, context) {
  const words = split(text);
  const people = context.members.map(({ id, name }) => ({ id, words: nameWords(name).map(spellings) }));
  /** @type {Map<Field, Span & {kind?: Fault["kind"]}>} */
  const found = new Map();
  /** @type {{start: number, end: number}[]} */
  const cuts = [];
  for (let at = 0; at < words.length; ) {
    const first = words[at];
    const match = first?.key && read(words, at, context, people);
    at += match ? match.words : 1;
    if (!first || !match) continue;
    const { field, value, kind } = match;
    if (first.escaped) cuts.push({ start: first.start, end: first.start + 1 });
    else found.set(field, { field, value: value ?? "", start: first.start, end: words[at - 1]?.end ?? 0, kind });
  }
  const marks = [...found.values()].sort(inOrder);
  const spans = marks.filter(({ kind }) => !kind).map(({ field, value, start, end }) => ({ field, value, start, end }));
  const title = without(text, [...cuts, ...spans.map((span) => withSpace(text, span))].sort(inOrder)).trim();
  const faults = marks.flatMap(({ kind, start, end }) => (kind ? [{ kind, start, end, text: text.slice(start, end) }] : []));
  if (!title) faults.push({ kind: "empty", start: 0, end: 0, text: "" });
  if (Array.from(title).length > longest) faults.push({ kind: "long", start: 0, end: text.length, text: "" });
  return { title, fields: Object.fromEntries(spans.map(({ field, value }) => [field, value])), spans, faults };
}

/**
 * The line with one recognised piece kept as words.
 * @param {string} text
 * @param {{start: number}} span
 */
export const keep = (text, { start }) => `${text.slice(0, start)}\\${text.slice(start)}`;

/**
 * A line whose title is this text, whatever it looks like.
 * @param {string} title
 * @param {Context} context
 * @returns {string}
 */
export function literal(title, context) {
  const { spans, faults } = parse(title, context);
  const last = [...spans, ...faults.filter(({ text }) => text)].sort(inOrder).at(-1);
  return last ? literal(keep(title, last), context) : title;
}

/**
 * Who may be meant by the mention the caret stands in; null when it stands in none.
 * @param {string} text
 * @param {number} caret
 * @param {Member[]} members
 */
export function completing(text, caret, members) {
  const start = text.slice(0, caret).lastIndexOf("@");
  if (start < 0 || /\s/.test(text.slice(start, caret)) || /\S/.test(text[start - 1] ?? " ")) return null;
  const typed = fold(text.slice(start + 1, caret));
  const people = members.filter(({ name }) => nameWords(name).some((word) => spellings(word).some((one) => one.startsWith(typed))));
  return { start, people: people.slice(0, offered) };
}

/**
 * How somebody is written as a mention: by the first name where that says who.
 * @param {Member} who
 * @param {Context} context
 */
export function mention(who, context) {
  const [first = ""] = nameWords(who.name);
  const short = `@${first}`;
  return parse(short, context).fields.assigned_to === who.id ? short : `@${nameWords(who.name).join(" ")}`;
}

/**
 * @param {string} text
 * @returns {Word[]} what is quoted has no key
 */
function split(text) {
  const quoted = quotes(text);
  let quote = 0;
  return Array.from(text.matchAll(/\S+/g), ({ 0: found, index: start }) => {
    while ((quoted[quote]?.end ?? Infinity) <= start) quote += 1;
    const end = start + found.length;
    if ((quoted[quote]?.start ?? Infinity) < end) return { start, end, raw: "", key: "", escaped: false };
    const escaped = found.startsWith("\\") && found.length > 1;
    const raw = trimEnd(escaped ? found.slice(1) : found, ",;:!?)");
    const plain = trimEnd(raw, ".");
    const length = Number(escaped) + (withDot.test(raw) ? raw : plain).length;
    return { start, end: start + length, raw, key: plain.toLowerCase().normalize("NFC"), escaped };
  });
}

/** @param {string} text */
function quotes(text) {
  const closers = /** @type {Record<string, string>} */ ({ '"': '"', "“": "”", "„": "“", "«": "»", "»": "«" });
  /** @type {{start: number, end: number}[]} */
  const ranges = [];
  /** @type {Set<string>} what nothing closes any more */
  const open = new Set();
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at] ?? "";
    const closer = closers[sign];
    if (!closer || open.has(sign) || /\S/.test(text[at - 1] ?? " ")) continue;
    const end = text.indexOf(closer, at + 1);
    if (end < 0) open.add(sign);
    else {
      ranges.push({ start: at, end: end + 1 });
      at = end;
    }
  }
  return ranges;
}

/**
 * @param {Word[]} words
 * @param {number} at
 * @param {Context} context
 * @param {Known[]} people
 * @returns {Match | null}
 */
function read(words, at, context, people) {
  const { raw = "", key = "" } = words[at] ?? {};
  if (raw.startsWith("@")) return raw.length > 1 ? personAt(words, at, context.me, people) : null;
  const priority = priorityNames[priorities.get(key) ?? -1];
  if (priority) return { field: "priority", value: priority, words: 1 };
  const status = raw.startsWith("!") && statusNames[statuses.get(key.slice(1)) ?? -1];
  if (status) return { field: "status", value: status, words: 1 };
  const day = dayAt(words, at, context);
  return day && { field: "due_date", ...day, kind: day.value ? undefined : "date" };
}

/**
 * The longest name that stands there, or else any part of a name.
 * @param {Word[]} words
 * @param {number} at
 * @param {string} me
 * @param {Known[]} people
 * @returns {Match}
 */
function personAt(words, at, me, people) {
  /** @param {number} ahead */
  const typed = (ahead) => {
    const word = words[at + ahead];
    return word && !(ahead && word.escaped) ? fold(trimEnd(ahead ? word.raw : word.raw.slice(1), ".")) : "";
  };
  const own = typed(0);
  if (myself.has(own)) return { field: "assigned_to", value: me, words: 1 };
  const whole = people.filter((who) => who.words.every((ways, place) => ways.includes(typed(place))));
  const length = Math.max(0, ...whole.map((who) => who.words.length));
  const fits = length ? whole.filter((who) => who.words.length === length) : people.filter((who) => who.words.some((ways) => ways.includes(own)));
  const kind = fits.length === 0 ? "person" : fits.length > 1 ? "people" : undefined;
  return { field: "assigned_to", value: fits[0]?.id ?? null, words: length || 1, kind };
}

/** @param {string} name */
const nameWords = (name) => name.trim().split(/\s+/).map((word) => trimEnd(word, ",;:!?)."));

/** "Jürgen" may be written "juergen" or "jurgen" too. @param {string} word */
const spellings = (word) => [fold(word), fold(word.normalize("NFC").replace(/[äöü]/gi, (sign) => `${sign}e`))];

/** Without case and marks, for comparing. @param {string} text */
export const fold = (text) => text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").replaceAll("ß", "ss").replaceAll("ø", "o").replaceAll("ł", "l");

/**
 * @param {string} text
 * @param {string} signs
 */
function trimEnd(text, signs) {
  let end = text.length;
  while (end > 1 && signs.includes(text[end - 1] ?? " ")) end -= 1;
  return text.slice(0, end);
}

/** @param {{start: number}} a @param {{start: number}} b */
const inOrder = (a, b) => a.start - b.start;

/**
 * A piece with the space before it, or at the beginning the one after it.
 * @param {string} text
 * @param {Span} span
 */
function withSpace(text, { start, end }) {
  while (start > 0 && /\s/.test(text[start - 1] ?? "")) start -= 1;
  if (start === 0) while (/\s/.test(text[end] ?? "")) end += 1;
  return { start, end };
}

/**
 * @param {string} text
 * @param {{start: number, end: number}[]} cuts in order
 */
function without(text, cuts) {
  let kept = "";
  let at = 0;
  for (const { start, end } of cuts) {
    kept += text.slice(at, Math.max(at, start));
    at = Math.max(at, end);
  }
  return kept + text.slice(at);
}
