// Long lists come in steps: what fits the screen at once, the rest while nobody waits.
import { afterPaint } from "./paint.js";
import { filtered } from "./route.js";
import { isSeen } from "./tasks.js";
import { useEffect, useRef, useState } from "./vendor/preact.js";

const step = 25;

/**
 * The part of a list that is to be drawn now. In a new order, too, the first come first: the others
 * stay where they are until their turn.
 * @param {string[]} ids
 * @param {number} first how many at once
 * @param {string} [order] by what the list is sorted
 */
export function useGradual(ids, first, order = "") {
  const own = useRef({ order, count: first, drawn: /** @type {string[]} */ ([]) }).current;
  const [, redraw] = useState(0);
  if (own.order !== order) Object.assign(own, { order, count: first });
  const isWhole = own.count >= ids.length;
  own.drawn = isWhole ? ids : led(ids, own);
  useEffect(() => {
    if (isWhole) return undefined;
    // A frame in between, so that keys and clicks get their turn.
    return afterPaint(() => redraw((own.count += step)));
  }, [own.count, order, isWhole]);
  return own.drawn;
}

/**
 * @param {string[]} ids
 * @param {{ count: number, drawn: string[] }} own
 */
function led(ids, { count, drawn }) {
  const first = filtered.peek() ? [...ids.filter(isSeen), ...ids.filter((id) => !isSeen(id))] : ids;
  const head = first.slice(0, count);
  const [seen, all] = [new Set(head), new Set(ids)];
  return [...head, ...drawn.filter((id) => !seen.has(id) && all.has(id))];
}
