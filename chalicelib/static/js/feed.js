// The team's changes as they arrive: each is taken in once, however often it is delivered.
import { announce } from "./announcer.js";
import { boot, me } from "./boot.js";
import { queue } from "./edits.js";
import { person, refreshMembers } from "./people.js";
import { refreshSoon } from "./stats.js";
import { marked, merge, remove } from "./tasks.js";
import { batch, signal } from "./vendor/preact.js";
import { spoken } from "./words.js";

const kept = 8;
const remembered = 2000;
const marking = 4000;

/** The latest changes, newest first. */
export const changes = signal(boot.changes.slice(0, kept));

const seen = new Set(boot.changes.map((change) => change.id));

// A resumed feed may bring again what was done to a task before it was deleted, but not the deletion: that is seen.
for (const { action, task } of boot.changes) if (action === "deleted") remove(task.id, task.version);

/** Up to here this page was drawn with everything; a resumed feed begins a little before that. */
const drawnUpTo = boot.changes[0]?.id ?? "";

/** @param {Change} change */
export function receive(change) {
  if (seen.has(change.id)) return;
  if (isAwaited(change)) return receiveLater(change);
  remember(change.id);
  batch(() => {
    if (change.action === "deleted") remove(change.task.id, change.task.version);
    else merge(change.task);
    // Ids are UUIDv7: their order is the order in time, whatever the order of arrival.
    changes.value = [...changes.peek(), change].sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, kept);
  });
  if (change.actor.id !== me.id && change.id > drawnUpTo) notice(change);
  if (!person(change.actor.id) || (change.task.assigned_to && !person(change.task.assigned_to))) void refreshMembers();
  refreshSoon();
}

/**
 * Whether this page is about to learn from the answer which of its own new tasks that is: it must not stand here twice.
 * @param {Change} change
 */
const isAwaited = ({ action, actor, restored, task }) =>
  action === "created" && !restored && actor.id === me.id && queue.peek().some(({ entry }) => entry.kind === "create" && entry.title === task.title);

/** @param {Change} change */
function receiveLater(change) {
  const stop = queue.subscribe(() => {
    if (isAwaited(change)) return;
    stop();
    receive(change);
  });
}

/** @param {string} id */
function remember(id) {
  seen.add(id);
  const oldest = seen.values().next().value;
  if (seen.size > remembered && oldest !== undefined) seen.delete(oldest);
}

/** @param {Change} change */
function notice(change) {
  const id = change.task.id;
  announce(spoken(change));
  marked.value = new Set([...marked.peek(), id]);
  setTimeout(() => {
    marked.value = new Set([...marked.peek()].filter((other) => other !== id));
  }, marking);
}
