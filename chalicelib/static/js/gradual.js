// Long lists come in steps: what fits the screen at once, the rest while nobody waits.
import { useEffect, useState } from "./vendor/preact.js";

const step = 25;

/**
 * How many of so many are to be drawn now.
 * @param {number} length
 * @param {number} first
 */
export function useGradual(length, first) {
  const [count, setCount] = useState(first);
  useEffect(() => {
    if (count >= length) return undefined;
    // A frame in between, so that keys and clicks get their turn.
    const frame = requestAnimationFrame(() => (timer = setTimeout(() => setCount(count + step))));
    let timer = 0;
    return () => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
    };
  }, [count, length]);
  return count;
}
