// What was created and completed day by day, followed calmly while somebody looks at it.
import { request } from "./api.js";
import { boot } from "./boot.js";
import { stats } from "./stats.js";
import { batch, effect, signal, useEffect } from "./vendor/preact.js";

/** @typedef {{ date: string, created: number, completed: number, scope: number, done: number }} Day */

/** Changes come in bursts; a chart need not follow each of them. */
const calm = 2500;

/** @param {number} count of days */
function createTrend(count) {
  const days = signal(/** @type {Day[]} */ ([]));
  const failed = signal(false);
  let users = 0;
  let timer = 0;
  let stop = () => {};
  async function load() {
    timer = 0;
    try {
      const answer = await request("GET", `/api/dashboard/trend?days=${count}&team=${boot.team.key}`);
      batch(() => {
        days.value = answer.days;
        failed.value = false;
      });
    } catch {
      failed.value = true;
    }
  }
  function follow() {
    users += 1;
    if (users === 1) {
      void load();
      let isFirst = true;
      stop = effect(() => {
        void stats.value;
        if (!isFirst) timer ||= setTimeout(load, calm * (1 + Math.random()));
        isFirst = false;
      });
    }
    return () => {
      users -= 1;
      if (users > 0) return;
      clearTimeout(timer);
      timer = 0;
      stop();
    };
  }
  return { days, failed, load, follow };
}

/** @type {Map<number, ReturnType<typeof createTrend>>} */
const trends = new Map();

/** @param {number} count of days up to today */
export function useTrend(count) {
  const trend = trends.get(count) ?? createTrend(count);
  trends.set(count, trend);
  useEffect(trend.follow, [count]);
  return trend;
}
