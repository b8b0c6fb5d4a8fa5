// Brings the dashboard to life: draws the view over what the server has drawn, and then fetches the rest.
import { followAddress } from "./opened.js";
import { afterPaint } from "./paint.js";
import { filters } from "./route.js";
import { fill, followViews } from "./shell.js";
import "./theme.js";

const retryAfter = 2000;

async function fetchRest() {
  try {
    await import("./later.js");
  } catch {
    setTimeout(fetchRest, retryAfter);
  }
}

// Not awaited at the top level: what it fetches may wait for this module.
async function start() {
  // Chips take room: what an address filters by is said from the start.
  if (Object.keys(filters.peek()).some((name) => name !== "q")) {
    const { FilterChips } = await import("./filterbar.js");
    fill("filter-chips", FilterChips);
  }
  await followViews();
  addEventListener("hashchange", followAddress);
  void followAddress();
  afterPaint(fetchRest);
}

void start();
