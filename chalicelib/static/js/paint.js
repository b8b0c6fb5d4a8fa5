// Work that may wait until the person has seen what they asked for.

/** Time for that frame to get out and for the next key to get in, in milliseconds. */
const breath = 8;

/**
 * @param {() => void} act what is done once the next frame is painted
 * @returns {() => void} lets it be
 */
export function afterPaint(act) {
  let timer = 0;
  const frame = requestAnimationFrame(() => (timer = setTimeout(act, breath)));
  return () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
  };
}
