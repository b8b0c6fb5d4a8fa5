// Long lists are drawn as far as somebody looks: what fits the screen at once, the rest as they come near it.
import { focused, idOf } from "./focus.js";
import { filtered, filters } from "./route.js";
import { html, useEffect, useRef, useState } from "./vendor/preact.js";

/** How far below the screen, in heights of it. */
const ahead = "0% 0% 150%";

/**
 * @typedef {object} List
 * @property {string[]} seen what passes the filters
 * @property {string} order
 * @property {unknown} filters
 * @property {number} head how many are drawn of all
 * @property {number} found how many of those that pass the filters
 */

/** Those on the screen. @type {Set<List>} */
const lists = new Set();

/** What the lists on the screen show, drawn or not, from the first to the last. */
export const listed = () => [...lists].flatMap(({ seen }) => seen);

/**
 * The part of a list that is to be drawn now, and what stands at its end as long as there is more.
 * What a filter hides stays drawn, and so is back at once.
 * @param {string[]} ids
 * @param {string[]} seen those that pass the filters
 * @param {number} first how many at once
 * @param {string} [order] by what the list is sorted
 */
export function useNear(ids, seen, first, order = "") {
  const [, redraw] = useState({});
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  const own = useRef(/** @type {List} */ ({ seen, order, filters: null, head: 0, found: 0 })).current;
  if (own.order !== order) own.head = own.found = 0;
  if (own.filters !== filters.value) own.found = 0;
  Object.assign(own, { seen, order, filters: filters.value });
  const kind = filtered.value ? "found" : "head";
  // What has the focus keeps it, wherever it goes.
  const count = (own[kind] = Math.max(own[kind], first, seen.indexOf(idOf(focused())) + 1));
  const near = new Set(seen.slice(0, count));
  const isWhole = count >= seen.length;
  useEffect(() => {
    lists.add(own);
    return () => void lists.delete(own);
  }, []);
  useEffect(() => {
    if (isWhole || !place.current) return undefined;
    const watch = new IntersectionObserver((entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      own[kind] += first;
      redraw({});
    }, { rootMargin: ahead });
    watch.observe(place.current);
    return () => watch.disconnect();
  }, [count, seen]);
  return { drawn: ids.filter((id, index) => index < own.head || near.has(id)), end: html`<div ref=${place}></div>` };
}
