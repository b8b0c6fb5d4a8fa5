// Brings the tasks that a view needs beyond those the page was drawn with, page by page, into the store.
import { request } from "./api.js";
import { boot, me } from "./boot.js";
import { filtered, filters } from "./route.js";
import { stats } from "./stats.js";
import { isOpen, merge, passing, tasks, weekFrom } from "./tasks.js";
import { shifted, today } from "./time.js";
import { batch, computed, effect, signal } from "./vendor/preact.js";

const page = 100;
/** A search that no index answers may need many pages; whoever types on wants another one anyway. */
const mostPages = 5;
const calm = 250;

/** @typedef {"idle" | "loading" | "failed"} State */

/** @type {Status[]} */
export const columns = ["pending", "in_progress", "completed", "cancelled"];

/** The known tasks of each status from top to bottom; a list keeps its identity while it stays as it is. */
const order = computed(() => {
  /** @type {Record<Status, Task[]>} */
  const groups = { pending: [], in_progress: [], completed: [], cancelled: [] };
  for (const task of tasks.value) groups[task.status].push(task);
  return Object.fromEntries(columns.map((status) => [status, groups[status].sort(byRank).map((task) => task.id)]));
});

/**
 * @param {Task} a
 * @param {Task} b
 */
function byRank(a, b) {
  if (a.rank !== b.rank) return a.rank < b.rank ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}

/** @param {Status} status */
function createColumn(status) {
  const state = signal(/** @type {State} */ ("idle"));
  /** Where the next page begins. @type {string | null | undefined} */
  let cursor;
  /** @type {string[]} */
  let last = [];
  const ids = computed(() => {
    const now = order.value[status] ?? [];
    if (now.length !== last.length || now.some((id, index) => id !== last[index])) last = now;
    return last;
  });
  const seen = computed(() => passing(ids.value));
  /** Whether all of it is here; from then on the changes keep it so. A page drawn with fewer than fit has all. */
  const whole = signal(boot.tasks.filter((task) => task.status === status).length < boot.first);
  /** How many there are, loaded or not. */
  const total = computed(() => (whole.value ? ids.value.length : Math.max(stats.value[status], ids.value.length)));
  async function more() {
    if (state.peek() === "loading" || whole.peek()) return;
    state.value = "loading";
    try {
      const before = ids.peek().length;
      do {
        cursor = await read({ status, sort: "rank" }, cursor);
        // The first page begins with what is here already.
      } while (cursor && ids.peek().length === before);
      batch(() => {
        whole.value = !cursor;
        state.value = "idle";
      });
    } catch {
      state.value = "failed";
    }
  }
  return { ids, seen, total, whole, state, more };
}

/** @type {Record<Status, ReturnType<typeof createColumn>>} */
const all = {
  pending: createColumn("pending"),
  in_progress: createColumn("in_progress"),
  completed: createColumn("completed"),
  cancelled: createColumn("cancelled"),
};

/** @param {Status} status */
export const column = (status) => all[status];

/** Whether the page knows every task of the team. */
export const complete = computed(() => columns.every((status) => all[status].whole.value));

/**
 * Reads one page of a list into the store.
 * @param {Record<string, string | undefined>} query
 * @param {string | null} [cursor]
 * @returns {Promise<string | null>} where the next one begins
 */
async function read(query, cursor) {
  const given = Object.entries({ ...query, cursor, team: boot.team.key, limit: page }).filter((entry) => entry[1]);
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
  const answer = await request("GET", `/api/tasks?${search}`);
  merge(...answer.tasks);
  return answer.next_cursor;
}

/**
 * @param {Record<string, string | undefined>} query
 * @param {number} most pages
 * @param {() => boolean} [isWanted] asked before each page
 * @returns {Promise<boolean>} whether there is more
 */
async function readAll(query, most, isWanted = () => true) {
  /** @type {string | null | undefined} */
  let cursor;
  for (let pages = 0; cursor !== null && pages < most && isWanted(); pages += 1) cursor = await read(query, cursor);
  return Boolean(cursor);
}

/**
 * What is due between two days, both included, done or not.
 * @param {string} from YYYY-MM-DD
 * @param {string} to
 * @returns {Promise<boolean>} whether that is more than is read at most
 */
export async function range(from, to) {
  const bounds = { sort: "due_date", due_after: shifted(from, -1), due_before: shifted(to, 1) };
  const cut = await Promise.all([{}, { status: "completed" }, { status: "cancelled" }].map((one) => readAll({ ...bounds, ...one }, mostPages)));
  return cut.includes(true);
}

/**
 * A list that is read page by page, as far as somebody wants it.
 * @param {() => Record<string, string>} query
 */
function paged(query) {
  const state = signal(/** @type {State} */ ("idle"));
  /** Whether it is known that there is more than is here. */
  const rest = signal(false);
  /** @type {string | null | undefined} */
  let cursor;
  /** @param {number} [pages] at most */
  async function more(pages = 1) {
    if (state.peek() === "loading" || cursor === null) return;
    state.value = "loading";
    try {
      for (let count = 0; cursor !== null && count < pages; count += 1) cursor = await read(query(), cursor);
      batch(() => {
        rest.value = Boolean(cursor);
        state.value = "idle";
      });
    } catch {
      state.value = "failed";
    }
  }
  return { state, rest, more };
}

/** What is assigned to the person at the screen. */
export const own = paged(() => ({ assigned_to: "me" }));

/** Reads it, unless it is more than anybody could do. */
export async function mine() {
  await own.more(mostPages);
  if (own.state.peek() === "failed") throw new Error();
}

/** Open tasks whose day has passed. */
export const late = paged(() => ({ sort: "due_date", due_before: today() }));

/** How many open tasks they have. */
export const mineOpen = computed(() => tasks.value.filter((task) => task.assigned_to === me.id && isOpen(task)).length);

/** Whether the server is still being asked what passes the filters. */
export const searching = signal(false);

let timer = 0;
let asked = 0;

/** Asks the server too when not everything is here. */
effect(() => {
  const wanted = filters.value;
  clearTimeout(timer);
  asked += 1;
  const isMissing = filtered.value && !complete.peek();
  searching.value = isMissing;
  if (isMissing) timer = setTimeout(() => search(wanted, asked), calm);
});

/**
 * @param {import("./route.js").Filters} wanted
 * @param {number} own
 */
async function search(wanted, own) {
  const isWanted = () => own === asked;
  try {
    await readAll(asQuery(wanted), mostPages, isWanted);
  } catch {
    // What is here is shown; the connection's state says why there is no more.
  } finally {
    if (isWanted()) searching.value = false;
  }
}

/** @param {import("./route.js").Filters} wanted */
function asQuery({ q, status, assignee, priority, due }) {
  return {
    q: q?.trim(),
    status,
    priority,
    // The API has no word for nobody: what it answers is filtered here.
    assigned_to: assignee === "nobody" ? undefined : assignee,
    ...(due ? dueQuery[due]?.() : {}),
  };
}

/** @type {Record<string, () => Record<string, string>>} */
const dueQuery = {
  overdue: () => ({ sort: "due_date", due_before: today() }),
  today: () => ({ sort: "due_date", due_after: shifted(today(), -1), due_before: shifted(today(), 1) }),
  week: () => ({ sort: "due_date", due_after: shifted(today(), -1), due_before: shifted(weekFrom(today()), 1) }),
};
