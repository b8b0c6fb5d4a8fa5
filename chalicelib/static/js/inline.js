// What stands within a line of Markdown: emphasis, code, links. In one pass.
import { h } from "./vendor/preact.js";

/** @typedef {unknown[]} Nodes */
/** @typedef {{ sign: string, nodes: Nodes }} Frame what has been opened, by which sign */

/** Brackets within each other; deeper ones are text. */
const deepest = 8;
const safe = /^(?:https?:\/\/|mailto:)[^\s]/i;
const bare = /https?:\/\/[^\s<>"`]+/iy;
const word = /[\p{L}\p{N}]+|[^]/uy;
const target = /\(((?:[^()\s<>]|\([^()\s<>]*\))+)\)/y;

/**
 * Emphasis, code, links. A sign that nothing closes is text.
 * @param {string} text
 * @returns {Nodes}
 */
export function inline(text) {
  const ticks = runs(text);
  const lastLink = text.lastIndexOf("](");
  /** @type {Frame[]} */
  const frames = [{ sign: "", nodes: [] }];
  const top = () => /** @type {Frame} */ (frames.at(-1));
  /** @param {string} sign */
  const openAt = (sign) => frames.findLastIndex((frame) => frame.sign === sign);
  /** @param {string} words */
  const say = (words) => {
    const { nodes } = top();
    if (typeof nodes.at(-1) === "string") nodes[nodes.length - 1] += words;
    else nodes.push(words);
  };
  /** What was opened since and never closed becomes text again. @param {number} place */
  const close = (place) => {
    const { nodes } = /** @type {Frame} */ (frames[place]);
    for (const frame of frames.splice(place + 1)) {
      nodes.push(frame.sign);
      for (const node of frame.nodes) nodes.push(node);
    }
    return nodes;
  };
  /** @param {number} place @param {(nodes: Nodes) => unknown} make */
  const wrap = (place, make) => {
    const node = make(close(place));
    frames.pop();
    top().nodes.push(node);
  };

  /** @type {Record<string, (at: number) => number>} what begins with a sign; returns where it ends */
  const readers = {
    "\\": (at) => {
      const next = text[at + 1] ?? "";
      const isSign = /[!-/:-@[-`{-~]/.test(next);
      say(isSign ? next : "\\");
      return at + 1 + Number(isSign);
    },
    "\n": (at) => {
      top().nodes.push(h("br", null));
      return at + 1;
    },
    "`": (at) => {
      const length = runLength(text, at);
      const end = ticks(at, length);
      if (end < 0) say("`".repeat(length));
      else top().nodes.push(h("code", null, text.slice(at + length, end).replaceAll("\n", " ")));
      return end < 0 ? at + length : end + length;
    },
    "[": (at) => {
      if (frames.length > deepest) say("[");
      else frames.push({ sign: "[", nodes: [] });
      return at + 1;
    },
    "]": (at) => {
      const place = openAt("[");
      const to = place < 0 ? null : address(text, at + 1);
      if (to && safe.test(to.href)) {
        wrap(place, (nodes) => link(to.href, nodes));
        return to.end;
      }
      // A bracket that leads nowhere is only a bracket.
      if (place > 0) forget(frames, place);
      say("]");
      return at + 1;
    },
  };
  /** @param {number} at */
  const emphasis = (at) => {
    const sign = text[at] ?? "";
    let left = runLength(text, at);
    const [before, after] = [text[at - 1] ?? " ", text[at + left] ?? " "];
    const end = at + left;
    const within = sign === "_" && /[\p{L}\p{N}]/u.test(before) && /[\p{L}\p{N}]/u.test(after);
    while (left > 0 && !within && /\S/.test(before)) {
      const [single, double] = [openAt(sign), left > 1 ? openAt(sign + sign) : -1];
      const place = Math.max(single, double);
      const isEmpty = place === frames.length - 1 && top().nodes.length === 0;
      if (place < 0 || isEmpty) break;
      wrap(place, (nodes) => h(place === double ? "strong" : "em", null, nodes));
      left -= place === double ? 2 : 1;
    }
    while (left > 0 && !within && /\S/.test(after) && frames.length <= deepest) {
      const opening = left > 1 && openAt(sign + sign) < 0 ? sign + sign : sign;
      // Of two that open the later one counts, as in "*a and *b*".
      if (openAt(opening) > 0) forget(frames, openAt(opening));
      frames.push({ sign: opening, nodes: [] });
      left -= opening.length;
    }
    if (left > 0) say(sign.repeat(left));
    return end;
  };
  readers["*"] = readers["_"] = emphasis;

  for (let at = 0; at < text.length; ) {
    const read = readers[text[at] ?? ""];
    if (read) at = read(at);
    else at = plain(text, at, openAt("[") < 0 || at > lastLink, say, (href) => top().nodes.push(link(href, [href])));
  }
  return close(0);
}

/**
 * Text up to the next sign; an address that stands in it becomes a link.
 * @param {string} text
 * @param {number} at
 * @param {boolean} mayLink
 * @param {(words: string) => void} say
 * @param {(href: string) => void} point
 */
function plain(text, at, mayLink, say, point) {
  const begins = /[hH]/.test(text[at] ?? "") && mayLink && !/[\p{L}\p{N}]/u.test(text[at - 1] ?? " ");
  bare.lastIndex = at;
  const href = begins && withoutTail(bare.exec(text)?.[0] ?? "");
  if (href && safe.test(href)) {
    point(href);
    return at + href.length;
  }
  word.lastIndex = at;
  say(word.exec(text)?.[0] ?? text.slice(at));
  return word.lastIndex || text.length;
}

/** The full stop behind an address ends the sentence; so does a bracket that was opened before it. @param {string} href */
function withoutTail(href) {
  let open = href.split("(").length - href.split(")").length;
  let end = href.length;
  for (; end > 0; end -= 1) {
    const last = href[end - 1] ?? "";
    if (last === ")" && open < 0) open += 1;
    else if (!/[.,;:!?'*_~\]]/.test(last)) break;
  }
  return href.slice(0, end);
}

/**
 * @param {string} href
 * @param {Nodes} nodes
 */
const link = (href, nodes) => h("a", { href, rel: "noopener noreferrer", target: "_blank" }, nodes);

/**
 * What stands in the round brackets after a link's words.
 * @param {string} text
 * @param {number} at
 */
function address(text, at) {
  target.lastIndex = at;
  const href = target.exec(text)?.[1];
  return href ? { href, end: target.lastIndex } : null;
}

/**
 * A frame that will not be closed becomes part of the one around it.
 * @param {Frame[]} frames
 * @param {number} place
 */
function forget(frames, place) {
  const frame = /** @type {Frame} */ (frames[place]);
  frames.splice(place, 1);
  const nodes = /** @type {Frame} */ (frames[place - 1]).nodes;
  nodes.push(frame.sign);
  for (const node of frame.nodes) nodes.push(node);
}

/** @param {string} text @param {number} at */
function runLength(text, at) {
  let end = at + 1;
  while (text[end] === text[at]) end += 1;
  return end - at;
}

/**
 * Where a run of as many backticks comes next; asked from left to right.
 * @param {string} text
 * @returns {(at: number, length: number) => number}
 */
function runs(text) {
  /** @type {Map<number, number[]>} from the last to the first */
  const places = new Map();
  for (const { 0: run, index } of Array.from(text.matchAll(/`+/g)).reverse()) {
    const alike = places.get(run.length);
    if (alike) alike.push(index);
    else places.set(run.length, [index]);
  }
  return (at, length) => {
    const left = places.get(length) ?? [];
    while ((left.at(-1) ?? Infinity) <= at) left.pop();
    return left.at(-1) ?? -1;
  };
}
