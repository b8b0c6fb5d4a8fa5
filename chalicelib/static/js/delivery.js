// Brings one edit to the server. Fields that nobody else touched merge, the same field asks; what the server has
// already, because its answer was lost, is a success.
import { Problem, request } from "./api.js";
import { boot } from "./boot.js";
import { conflict } from "./edits.js";
import { t } from "./i18n.js";
import { adopt, confirmed, editables, lift, merge, nameOf, remove } from "./tasks.js";
import { sayError } from "./toasts.js";
import { batch } from "./vendor/preact.js";

/**
 * @typedef {import("./edits.js").Item} Item
 * @typedef {import("./edits.js").Place} Place
 * @typedef {import("./edits.js").Difference} Difference
 */

/** How often a save starts anew because the task moved on underneath it. */
const attempts = 6;

const ways = { create, change, many, destroy, restore };

/**
 * Throws what the server said, or Unreachable.
 * @param {Item} item
 * @returns {Promise<any>}
 */
export const deliver = (item) => ways[item.entry.kind](item);

/** @param {Item} item */
async function create(item) {
  const { key, ids, changes } = item.entry;
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== null));
  const task = await request("POST", "/api/tasks", { body: { ...given, team: boot.team.key }, key });
  arrive(item, () => adopt(ids[0] ?? "", task));
  return task;
}

/** @param {Item} item */
async function restore(item) {
  const id = idOf(item);
  const task = await request("POST", `/api/tasks/${id}/restore`, { body: {}, key: item.entry.key }).catch((error) => {
    // It may never have been in the trash, or be out of it again.
    if (error instanceof Problem && error.status === 404) return request("GET", `/api/tasks/${id}`);
    throw error;
  });
  arrive(item, () => merge(task));
  return task;
}

/** @param {Item} item */
async function destroy(item) {
  const [id, [seen = {}]] = [idOf(item), item.entry.before];
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const task = await latest(id);
    if (task && editables.some((field) => isOther(task[field], seen[field]))) {
      throw new Problem(412, { detail: t("edit.changed_meanwhile") });
    }
    try {
      if (task) await request("DELETE", `/api/tasks/${id}`, { version: task.version });
      return arrive(item, () => task && remove(id, task.version));
    } catch (error) {
      if (isGone(error)) return arrive(item, () => task && remove(id, task.version));
      takeIn(error);
    }
  }
  throw new Problem(409, {});
}

/** @param {Item} item */
async function change(item) {
  const id = idOf(item);
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const task = await latest(id);
    if (!task) throw new Problem(404, { detail: t("edit.deleted_meanwhile") });
    const body = await settle(task, item, attempt + item.failures > 0);
    if (!body) return arrive(item, () => {});
    try {
      const answer = await request("PATCH", `/api/tasks/${id}`, { body, version: task.version });
      arrive(item, () => merge(answer));
      return answer;
    } catch (error) {
      if (isGone(error)) remove(id, task.version);
      if (!isMisplaced(error, item)) takeIn(error);
    }
  }
  throw new Problem(409, {});
}

/** @param {Item} item */
async function many(item) {
  const { entry, paint } = item;
  const ids = entry.ids.map(nameOf);
  const { results } = await request("PATCH", "/api/tasks", { body: { ids, changes: entry.changes } });
  /** @type {{ id: string, status: number, task?: Task, error?: string }[]} */
  const outcomes = results;
  const isLate = outcomes.map(({ status }) => status >= 500 || status === 429);
  const refused = outcomes.filter(({ status }, index) => status >= 400 && !isLate[index]);
  batch(() => {
    outcomes.forEach(({ id, task }, index) => {
      const edit = paint[index];
      if (task) merge(task);
      if (edit && !isLate[index]) lift(id, edit);
    });
    for (const { id, status } of refused) if (status === 404) remove(id, confirmed(id)?.version ?? 0);
  });
  if (refused.length > 0) sayError(t("edit.refused_many", { count: refused.length, reason: refused[0]?.error ?? "" }));
  if (isLate.includes(true)) {
    entry.ids = ids.filter((_, index) => isLate[index]);
    entry.before = entry.before.filter((_, index) => isLate[index]);
    item.paint = paint.filter((_, index) => isLate[index]);
    throw new Problem(503, {});
  }
  return outcomes;
}

/** @param {Item} item */
const idOf = (item) => nameOf(item.entry.ids[0] ?? "");

/**
 * The paint gives way to what it has become, in one frame.
 * @param {Item} item
 * @param {() => unknown} take
 */
function arrive({ entry, paint }, take) {
  batch(() => {
    take();
    paint.forEach((edit, index) => lift(entry.ids[index] ?? "", edit));
  });
}

/**
 * The task as it was last confirmed; asks the server about one that this page does not know.
 * @param {string} id
 * @returns {Promise<Task | null>}
 */
async function latest(id) {
  if (confirmed(id)) return confirmed(id);
  try {
    merge(await request("GET", `/api/tasks/${id}`));
  } catch (error) {
    if (!isGone(error)) throw error;
  }
  return confirmed(id);
}

/** @param {unknown} error */
const isGone = (error) => error instanceof Problem && error.status === 404;

/** Somebody was faster: the next attempt builds on theirs. @param {unknown} error */
function takeIn(error) {
  if (!(error instanceof Problem && error.status === 412 && error.current)) throw error;
  merge(error.current);
}

/**
 * A neighbour is gone: the task goes where the others say.
 * @param {unknown} error
 * @param {Item} item
 */
function isMisplaced(error, { entry }) {
  if (!(error instanceof Problem && error.status === 400)) return false;
  const { after, before } = entry.place;
  const lost = (error.fields.after && after) || (error.fields.before && before);
  if (!lost) return false;
  entry.place = { ...(after && !error.fields.after && { after }), ...(before && !error.fields.before && { before }) };
  return true;
}

/**
 * What is left to save once others' changes to the same fields were asked about; null when nothing is.
 * @param {Task} task
 * @param {Item} item
 * @param {boolean} isAgain whether it may have arrived already
 * @returns {Promise<object | null>}
 */
async function settle(task, { entry, paint }, isAgain) {
  const [changes, before] = [/** @type {Partial<TaskFields>} */ (entry.changes), entry.before[0] ?? {}];
  const names = editables.filter((field) => field in changes);
  const differences = names
    .filter((field) => isOther(task[field], before[field]) && task[field] !== changes[field])
    .map((field) => ({ field, mine: changes[field] ?? null, theirs: task[field] }));
  const theirs = differences.length > 0 && (await ask(task, differences)) === "theirs";
  const kept = theirs ? names.filter((field) => !differences.some((other) => other.field === field)) : names;
  const place = theirs && !kept.includes("status") && names.includes("status") ? {} : known(entry.place);
  // What was on the screen when the choice was made is what the next attempt builds on.
  const now = Object.fromEntries(names.map((field) => [field, task[field]]));
  entry.changes = Object.fromEntries(kept.map((field) => [field, changes[field]]));
  entry.before = [now];
  entry.place = place;
  if (paint[0]) Object.assign(paint[0], { before: now, changes: theirs ? entry.changes : paint[0].changes });
  const isThere = kept.every((field) => task[field] === changes[field]);
  const isPlaced = !(place.after || place.before) || (isAgain && standsAt(task, place));
  return isThere && isPlaced ? null : { ...entry.changes, ...place };
}

/**
 * Lists leave descriptions out: of what was not seen nobody can say that it has changed.
 * @param {unknown} now
 * @param {unknown} before
 */
const isOther = (now, before) => now !== undefined && before !== undefined && now !== before;

/**
 * Without neighbours that never came to be.
 * @param {Place} place
 * @returns {Place}
 */
function known(place) {
  const named = Object.entries(place).map(([side, id]) => [side, nameOf(id)]);
  return Object.fromEntries(named.filter(([, id]) => !id?.startsWith("new-")));
}

/**
 * @param {Task} task
 * @param {Place} place
 */
function standsAt(task, { after, before }) {
  const [above, below] = [after && confirmed(after), before && confirmed(before)];
  return (!above || above.rank < task.rank) && (!below || task.rank < below.rank);
}

/** Questions are put one at a time. @type {Promise<unknown>} */
let asked = Promise.resolve();

/**
 * @param {Task} task
 * @param {Difference[]} differences
 * @returns {Promise<"mine" | "theirs">}
 */
function ask(task, differences) {
  /** @type {Promise<"mine" | "theirs">} */
  const answer = asked.then(
    () =>
      new Promise((decide) => {
        conflict.value = { task, differences, decide };
      }),
  );
  asked = answer.then(() => (conflict.value = null));
  return answer;
}
