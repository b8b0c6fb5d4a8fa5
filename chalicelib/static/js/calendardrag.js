// Dragging a task to another day.
import { arm, scroll } from "./drag.js";
import { moveToDay } from "./events.js";
import { dropTargetForElements, monitorForElements } from "./vendor/drag.js";

/**
 * Makes the tasks of a calendar draggable, until what is returned is called.
 * @param {HTMLElement} root
 * @returns {() => void}
 */
export function attach(root) {
  /** @type {HTMLElement | null} */
  let over = null;
  /** @param {HTMLElement | null} day */
  const mark = (day) => {
    if (day === over) return;
    if (over) delete over.dataset.over;
    over = day;
    if (over) over.dataset.over = "";
  };
  const stops = [
    dropTargetForElements({ element: root, getData: ({ input }) => ({ day: dayAt(root, input) }) }),
    monitorForElements({
      canMonitor: ({ source }) => root.contains(source.element),
      onDragStart: ({ source }) => (source.element.dataset.dragged = ""),
      onDrag: ({ location: { current } }) => {
        scroll(root, current.input);
        mark(dayOf(current.dropTargets[0]));
      },
      onDropTargetChange: ({ location: { current } }) => mark(dayOf(current.dropTargets[0])),
      onDrop: ({ source, location: { current } }) => {
        delete source.element.dataset.dragged;
        mark(null);
        const day = dayOf(current.dropTargets[0]);
        if (day) moveToDay(String(source.data.id), day.dataset.date || null);
      },
    }),
  ];
  root.addEventListener("pointerdown", arm);
  return () => {
    root.removeEventListener("pointerdown", arm);
    for (const stop of stops) stop();
  };
}

/**
 * The day under the pointer: one target for all of them.
 * @param {HTMLElement} root
 * @param {{ clientX: number, clientY: number }} input
 */
function dayAt(root, { clientX, clientY }) {
  const day = document.elementFromPoint(clientX, clientY)?.closest("[data-date]");
  return day && root.contains(day) ? day : null;
}

/** @param {{ data: Record<string | symbol, unknown> } | undefined} target */
const dayOf = (target) => /** @type {HTMLElement | null} */ (target?.data.day ?? null);
