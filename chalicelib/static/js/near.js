// Long lists are drawn as far as somebody looks: what fits the screen at once, the rest as they come near it.
import { focused, idOf } from "./focus.js";
import { filters } from "./route.js";
import { html, signal, useEffect, useRef, useState } from "./vendor/preact.js";

/** How far below the screen, in heights of it. */
const ahead = "0% 0% 150%";

/** What the lists on the screen show, drawn or not. @type {Set<{ seen: string[] }>} */
const lists = new Set();

/** Paper shows all of it. */
const printing = signal(false);
for (const name of ["beforeprint", "afterprint"]) addEventListener(name, () => (printing.value = name === "beforeprint"));

/** From the first to the last. */
export const listed = () => [...lists].flatMap(({ seen }) => seen);

/**
 * The part of a list that is to be drawn now, and what stands at its end.
 * @param {string[]} seen
 * @param {number} first how many at once
 * @param {string} [order] by what the list is sorted
 */
export function useNear(seen, first, order = "") {
  const [, redraw] = useState({});
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  const own = useRef({ seen, order, count: 0, filters: filters.value }).current;
  if (own.order !== order || own.filters !== filters.value) own.count = 0;
  // What has the focus keeps it, wherever it goes.
  const count = Math.max(own.count, first, seen.indexOf(idOf(focused())) + 1);
  const isWhole = count >= seen.length || printing.value;
  Object.assign(own, { seen, order, count, filters: filters.value });
  useEffect(() => {
    lists.add(own);
    return () => void lists.delete(own);
  }, []);
  useEffect(() => {
    if (isWhole || !place.current) return undefined;
    const watch = new IntersectionObserver((entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      own.count += first;
      redraw({});
    }, { rootMargin: ahead });
    watch.observe(place.current);
    return () => watch.disconnect();
  }, [count, seen]);
  return { drawn: isWhole ? seen : seen.slice(0, count), end: html`<div ref=${place}></div>` };
}
