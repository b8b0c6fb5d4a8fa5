// The views of the dashboard and where they are: each is fetched when somebody goes there, so that
// nobody waits for the others.

/** @type {Partial<Record<import("./route.js").ViewName, () => Promise<{ View: () => unknown }>>>} */
export const views = {
  board: () => import("./boardview.js"),
  list: () => import("./listview.js"),
  calendar: () => import("./calendarview.js"),
  mine: () => import("./mineview.js"),
  insights: () => import("./insightsview.js"),
  trash: () => import("./trashview.js"),
};
