// Places in a column, as the server has them: fractions in base 62 that sort as texts. What is drawn here
// only shows where a task will be until the server has placed it.
import { known, shown } from "./tasks.js";

/** Right after and right before these. @typedef {{ after?: string, before?: string }} Place */

const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/**
 * A rank under `above` and over `below`; an empty one is the end of the column.
 * @param {string} above
 * @param {string} below
 */
export function between(above, below) {
  let rank = "";
  let open = below <= above;
  for (let place = 0; place <= above.length + below.length; place += 1) {
    const low = value(above, place);
    const high = open ? digits.length : value(below, place);
    if (high - low > 1) return rank + digits[(low + high) >> 1];
    rank += digits[low];
    open ||= high > low;
  }
  return `${rank}V`;
}

/**
 * @param {string} rank
 * @param {number} place
 */
const value = (rank, place) => (place < rank.length ? digits.indexOf(rank.charAt(place)) : 0);

/**
 * Which tasks a task stands between, of those this page knows.
 * @param {Task} task
 * @returns {Place}
 */
export function around(task) {
  /** @type {Task | undefined} */
  let above;
  /** @type {Task | undefined} */
  let below;
  for (const id of known.peek()) {
    const other = shown(id).peek();
    if (!other || other.id === task.id || other.status !== task.status) continue;
    if (other.rank < task.rank) above = above && above.rank > other.rank ? above : other;
    else below = below && below.rank < other.rank ? below : other;
  }
  return { ...(above && { after: above.id }), ...(below && { before: below.id }) };
}

/**
 * The rank of that place, or else of the top of the column.
 * @param {Place} place
 * @param {Status} status
 */
export function rankAt({ after, before }, status) {
  const above = after && shown(after).peek();
  const below = before && shown(before).peek();
  if (above && below) return between(above.rank, below.rank);
  if (above) return between(above.rank, rank(around(above).before));
  if (below) return between(rank(around(below).after), below.rank);
  return between("", rank(around({ .../** @type {any} */ ({}), status, rank: "" }).before));
}

/** @param {string | undefined} id */
const rank = (id) => (id && shown(id).peek()?.rank) || "";
