// The counts of the six cards. They follow every change of the team, a moment later and together.
import { request, signedOut } from "./api.js";
import { boot } from "./boot.js";
import { members, refreshMembers } from "./people.js";
import { merge } from "./tasks.js";
import { batch, signal } from "./vendor/preact.js";

const calm = 250;
const longest = 2000;
const again = 10_000;

/** @type {import("./vendor/preact.js").Signal<Stats>} */
export const stats = signal(boot.stats);

let timer = 0;
let due = 0;

/** Asks for fresh counts once the changes pause, and at the latest after two seconds of them. */
export function refreshSoon() {
  const now = Date.now();
  due ||= now + longest;
  clearTimeout(timer);
  // Everybody's page hears of a change at the same moment: the random part keeps them from asking at once.
  timer = setTimeout(refresh, Math.min(calm + Math.random() * calm, Math.max(0, due - now)));
}

async function refresh() {
  due = 0;
  try {
    const fresh = await request("GET", "/api/dashboard/stats");
    batch(() => {
      if (fresh.generated_at >= stats.peek().generated_at) stats.value = fresh;
      merge(...fresh.recent_tasks);
    });
    if (fresh.total_users !== members.peek().length) void refreshMembers();
  } catch {
    if (!signedOut.peek()) timer = setTimeout(refresh, again);
  }
}
