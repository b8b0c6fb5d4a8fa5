// Markdown as elements, never as HTML: what is no Markdown is text. In time linear in its length.
import { inline } from "./inline.js";
import { h } from "./vendor/preact.js";

/** @typedef {unknown[]} Nodes */

/** Lists and quotes within each other; deeper ones are text. */
const deepest = 8;
const item = /^( *)([-*+]|\d{1,9}[.)])(?: +|$)([^]*)/;
const lineStart = { fence: /^ {0,3}(```+|~~~+)/, heading: /^(#{1,6}) +([^]*)/, rule: /^ *([-*_])(?: *\1){2,} *$/, quote: /^ {0,3}> ?/ };

/**
 * @param {string} text
 * @param {number} [level] the first one of headings
 * @returns {Nodes}
 */
export function markdown(text, level = 3) {
  return blocks(text.replaceAll("\r\n", "\n").replaceAll("\t", "    ").split("\n"), 0, { least: level, last: level - 1 });
}

/**
 * @param {string[]} lines
 * @param {number} depth
 * @param {{least: number, last: number}} heading no level is skipped on the way down
 * @returns {Nodes}
 */
function blocks(lines, depth, heading) {
  /** @type {Nodes} */
  const nodes = [];
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] ?? "";
    const found = lineStart.heading.exec(line);
    if (!line.trim()) at += 1;
    else if (lineStart.fence.test(line)) at = fenced(lines, at, nodes);
    else if (found) {
      heading.last = Math.min(heading.least + (found[1]?.length ?? 1) - 1, heading.last + 1, 6);
      nodes.push(h(`h${heading.last}`, null, inline(found[2] ?? "")));
      at += 1;
    } else if (lineStart.rule.test(line)) {
      nodes.push(h("hr", null));
      at += 1;
    } else if (depth < deepest && lineStart.quote.test(line)) {
      const end = until(lines, at, (next) => !lineStart.quote.test(next));
      const inside = lines.slice(at, end).map((one) => one.replace(lineStart.quote, ""));
      nodes.push(h("blockquote", null, blocks(inside, depth + 1, heading)));
      at = end;
    } else if (depth < deepest && item.test(line)) at = itemized(lines, at, nodes, depth, heading);
    else {
      const end = until(lines, at + 1, (next) => !next.trim() || isBlock(next, depth));
      nodes.push(h("p", null, broken(lines.slice(at, end))));
      at = end;
    }
  }
  return nodes;
}

/**
 * @param {string} line
 * @param {number} depth
 */
const isBlock = (line, depth) =>
  lineStart.fence.test(line) || lineStart.heading.test(line) || lineStart.rule.test(line) || (depth < deepest && (lineStart.quote.test(line) || item.test(line)));

/**
 * @param {string[]} lines
 * @param {number} from
 * @param {(line: string) => boolean} isEnd
 */
function until(lines, from, isEnd) {
  let end = from;
  while (end < lines.length && !isEnd(lines[end] ?? "")) end += 1;
  return end;
}

/**
 * @param {string[]} lines
 * @param {number} at
 * @param {Nodes} nodes
 */
function fenced(lines, at, nodes) {
  const fence = lineStart.fence.exec(lines[at] ?? "")?.[1] ?? "";
  const end = until(lines, at + 1, (line) => line.trim().startsWith(fence));
  nodes.push(h("pre", { tabIndex: 0 }, h("code", null, lines.slice(at + 1, end).join("\n"))));
  return end + 1;
}

/**
 * @param {string[]} lines
 * @param {number} at
 * @param {Nodes} nodes
 * @param {number} depth
 * @param {{least: number, last: number}} heading
 */
function itemized(lines, at, nodes, depth, heading) {
  const [, indent = "", mark = ""] = item.exec(lines[at] ?? "") ?? [];
  const isNumbered = /\d/.test(mark);
  /** @param {string} line */
  const isItem = (line) => {
    const next = item.exec(line);
    return next && (next[1]?.length ?? 0) <= indent.length + 1 && /\d/.test(next[2] ?? "") === isNumbered;
  };
  /** @param {string} line */
  const belongs = (line) => !line.trim() || line.startsWith(`${indent}  `);
  const items = [];
  while (at < lines.length && isItem(lines[at] ?? "") && !lineStart.rule.test(lines[at] ?? "")) {
    const end = until(lines, at + 1, (line) => Boolean(isItem(line)) || !belongs(line));
    const inside = lines.slice(at + 1, end);
    const outdent = inside.reduce((least, line) => (line.trim() ? Math.min(least, line.search(/\S/)) : least), Infinity);
    const own = item.exec(lines[at] ?? "")?.[3] ?? "";
    items.push(h("li", null, entry(own), blocks(inside.map((line) => line.slice(outdent)), depth + 1, heading)));
    at = end;
  }
  nodes.push(isNumbered ? h("ol", { start: parseInt(mark) }, items) : h("ul", null, items));
  return at;
}

/** An item's own line, with its box if it has one. @param {string} text */
function entry(text) {
  const [, box, rest] = /^\[([ xX])\] +([^]*)/.exec(text) ?? [];
  if (box === undefined) return inline(text);
  return h("label", null, h("input", { type: "checkbox", checked: box !== " ", disabled: true }), " ", h("span", null, inline(rest ?? "")));
}

/** Lines of one paragraph stay lines. @param {string[]} lines */
const broken = (lines) => inline(lines.map((line) => line.trim()).join("\n"));
