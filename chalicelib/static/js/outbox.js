// Sends what waits: the edits of one task one after the other, those of different tasks side by side. What the
// server has is taken out, what it refuses is taken back and said, everything else is tried again.
import { Problem, Unreachable, signedOut } from "./api.js";
import { deliver } from "./delivery.js";
import { enter, queue, reason, sendBy, stalled } from "./edits.js";
import { t } from "./i18n.js";
import { state } from "./live.js";
import { inherit, isKept, write } from "./store.js";
import { editables, lift, nameOf, rebase, shown } from "./tasks.js";
import { offerError, sayError } from "./toasts.js";
import { batch, effect } from "./vendor/preact.js";

/** @typedef {import("./edits.js").Item} Item */

const most = 4;
const shortest = 500;
const longest = 30_000;
/** After so many failures somebody is asked whether to go on. */
const vain = 4;
/** What says nothing about the edit itself. */
const passing = new Set([401, 408, 409, 425, 429]);

/** Nothing is sent before. */
let due = 0;
let failures = 0;
let timer = 0;

/** Keeps what is new, and sends all that may go now. */
function wake() {
  const items = queue.peek();
  const fresh = items.filter(({ entry }) => !isKept(entry.key)).map(({ entry }) => entry);
  // Where nothing can be kept, leaving the page asks first: see below.
  if (fresh.length > 0) write(fresh).catch(() => {});
  clearTimeout(timer);
  if (signedOut.peek() || !navigator.onLine) return;
  const ready = items.filter((item, index) => !item.sending && !isBlocked(item, items.slice(0, index)));
  const free = most - items.filter(({ sending }) => sending).length;
  const now = Date.now();
  const at = ready.map((item) => Math.max(item.due, due));
  ready.filter((_, index) => (at[index] ?? 0) <= now).slice(0, free).forEach(send);
  const next = Math.min(...at.filter((time) => time > now));
  if (next < Infinity) timer = setTimeout(wake, next - now);
}

/**
 * Whether something before it is about the same task, or about one it is to stand beside.
 * @param {Item} item
 * @param {Item[]} earlier
 */
function isBlocked({ entry: { ids, place } }, earlier) {
  const about = [...ids, place.after ?? "", place.before ?? ""].map(nameOf);
  return earlier.some(({ entry }) => entry.ids.some((id) => about.includes(nameOf(id))));
}

/** @param {Item} item */
async function send(item) {
  item.sending = true;
  try {
    const answer = await deliver(item);
    failures = due = 0;
    stalled.value = false;
    settle(item);
    item.resolve(answer);
  } catch (error) {
    const passes = error instanceof Unreachable || (error instanceof Problem && (error.status >= 500 || passing.has(error.status)));
    if (passes && !item.isUnwanted) postpone(item, error);
    else refuse(item, error);
  } finally {
    item.sending = false;
    wake();
  }
}

/**
 * Full jitter: https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
 * @param {Item} item
 * @param {Problem | Unreachable} error
 */
function postpone(item, error) {
  item.failures += 1;
  const away = error instanceof Unreachable;
  const times = away ? (failures += 1) : item.failures;
  const asked = error instanceof Problem ? error.retryAfter * 1000 : 0;
  const time = Date.now() + Math.max(asked, Math.random() * Math.min(longest, shortest * 2 ** times));
  if (away) due = time;
  else item.due = time;
  stalled.value = true;
  if (away || item.failures !== vain) return;
  item.dismiss = offerError(t("edit.stuck", { title: item.entry.title, reason: reason(error) }), t("edit.discard"), () => {
    item.isUnwanted = true;
    // What is on its way right now may still arrive.
    if (item.sending) return;
    refuse(item, error);
    wake();
  });
}

/**
 * Out of the queue and out of the browser. What follows a creation is about the real task from now on.
 * @param {Item} item
 */
function settle(item) {
  const { entry, paint } = item;
  item.dismiss();
  batch(() => {
    paint.forEach((edit, index) => lift(entry.ids[index] ?? "", edit));
    queue.value = queue.peek().filter((other) => other !== item);
  });
  const renamed = entry.kind === "create" ? queue.peek().map(named) : [];
  write(renamed, entry.key).catch(() => {});
}

/** @param {Item} item */
function named({ entry }) {
  entry.ids = entry.ids.map(nameOf);
  entry.place = Object.fromEntries(Object.entries(entry.place).map(([side, id]) => [side, nameOf(id)]));
  return entry;
}

/**
 * @param {Item} item
 * @param {any} error
 */
function refuse(item, error) {
  const { entry, paint, forget, reject } = item;
  const [id = ""] = entry.ids;
  const lost = shown(id).peek();
  forget();
  paint.forEach((edit, index) => rebase(entry.ids[index] ?? "", edit));
  settle(item);
  // What never came to be cannot be changed.
  const after = entry.kind === "create" ? queue.peek().filter((other) => other.entry.ids.includes(id)) : [];
  for (const other of after) {
    other.forget();
    settle(other);
    other.reject(error);
  }
  reject(error);
  // A form that waits for it may say the reason beside its field.
  setTimeout(() => error.told || tell(item, reason(error), lost));
}

/**
 * Says what was taken back; what somebody wrote goes with it.
 * @param {Item} item
 * @param {string} why
 * @param {Task | null} lost
 */
function tell({ entry: { kind, title, changes } }, why, lost) {
  const text = said[kind](title, why);
  const written = changes.description ?? changes.title;
  if (kind === "create") offerError(text, t("edit.open_again"), () => void reopen(lost ?? changes));
  else if (kind === "change" && written) offerError(text, t("edit.copy"), () => void navigator.clipboard.writeText(written));
  else sayError(text);
}

/** @type {Record<import("./edits.js").Entry["kind"], (title: string, reason: string) => string>} */
const said = {
  create: (title, why) => t("edit.refused_create", { title, reason: why }),
  change: (title, why) => t("edit.refused_change", { title, reason: why }),
  many: (_title, why) => t("edit.refused_all", { reason: why }),
  destroy: (title, why) => t("edit.refused_destroy", { title, reason: why }),
  restore: (title, why) => t("edit.refused_restore", { title, reason: why }),
};

/** @param {Partial<TaskFields>} lost */
async function reopen(lost) {
  const { newTask } = await import("./opened.js");
  newTask(Object.fromEntries(editables.map((field) => [field, lost[field]])));
}

function hurry() {
  failures = due = 0;
  for (const item of queue.peek()) item.due = 0;
  inherit(enter).catch(() => {});
  wake();
}

addEventListener("online", hurry);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && hurry());
addEventListener("beforeunload", (event) => {
  if (queue.peek().some(({ entry }) => !isKept(entry.key))) event.preventDefault();
});
sendBy(wake);
effect(() => {
  if (state.value === "live") hurry();
});
hurry();
