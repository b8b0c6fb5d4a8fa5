// Markdown becomes elements; everything else stays text, in time linear in its length.
import assert from "node:assert/strict";
import { test } from "node:test";
import { markdown } from "../../chalicelib/static/js/markdown.js";

/** The tree as a page would write it. @param {any} node @returns {string} */
function drawn(node) {
  if (Array.isArray(node)) return node.map(drawn).join("");
  if (node === null || node === undefined || typeof node === "boolean") return "";
  if (typeof node !== "object") return String(node).replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const { children, ...props } = node.props;
  const attributes = Object.entries(props).filter(([, value]) => value !== false).map(([name, value]) => ` ${name}="${value}"`);
  return `<${node.type}${attributes.join("")}>${drawn(children)}</${node.type}>`;
}

const out = ' rel="noopener noreferrer" target="_blank"';
const cases = {
  "plain": "<p>plain</p>",
  "one\ntwo": "<p>one<br></br>two</p>",
  "one\r\n\r\ntwo": "<p>one</p><p>two</p>",
  "# Head\ntext": "<h3>Head</h3><p>text</p>",
  "### Deep first": "<h3>Deep first</h3>",
  "# A\n### B\n## C": "<h3>A</h3><h4>B</h4><h4>C</h4>",
  "#no": "<p>#no</p>",
  "**bold** and __bold__": "<p><strong>bold</strong> and <strong>bold</strong></p>",
  "*it* and _it_": "<p><em>it</em> and <em>it</em></p>",
  "***both***": "<p><strong><em>both</em></strong></p>",
  "**a *b* c**": "<p><strong>a <em>b</em> c</strong></p>",
  "snake_case_name": "<p>snake_case_name</p>",
  "2 * 3 * 4": "<p>2 * 3 * 4</p>",
  "*a and *b*": "<p>*a and <em>b</em></p>",
  "**open": "<p>**open</p>",
  "a ** b": "<p>a ** b</p>",
  "a ****": "<p>a ****</p>",
  "`code *x* <b>`": "<p><code>code *x* &lt;b></code></p>",
  "``a ` b``": "<p><code>a ` b</code></p>",
  "a ` b": "<p>a ` b</p>",
  "```js\nlet a = `1`;\n\n# no\n```\nafter": '<pre tabIndex="0"><code>let a = `1`;\n\n# no</code></pre><p>after</p>',
  "```\nnever closed": '<pre tabIndex="0"><code>never closed</code></pre>',
  "~~~\n```\n~~~": '<pre tabIndex="0"><code>```</code></pre>',
  "[a](https://x.example/b)": `<p><a href="https://x.example/b"${out}>a</a></p>`,
  "[**a** b](http://x.example)": `<p><a href="http://x.example"${out}><strong>a</strong> b</a></p>`,
  "[mail](mailto:ada@example.com)": `<p><a href="mailto:ada@example.com"${out}>mail</a></p>`,
  "[wiki](https://x.example/a_(b))": `<p><a href="https://x.example/a_(b)"${out}>wiki</a></p>`,
  "[a](javascript:alert(1))": "<p>[a](javascript:alert(1))</p>",
  "[a](JaVaScRiPt:alert(1))": "<p>[a](JaVaScRiPt:alert(1))</p>",
  "[a](\u0001javascript:alert(1))": "<p>[a](\u0001javascript:alert(1))</p>",
  "[a](data:text/html,x)": "<p>[a](data:text/html,x)</p>",
  "[a](vbscript:x)": "<p>[a](vbscript:x)</p>",
  "[a](//evil.example)": "<p>[a](//evil.example)</p>",
  "[a](/admin)": "<p>[a](/admin)</p>",
  "[a]( https://x.example)": `<p>[a]( <a href="https://x.example"${out}>https://x.example</a>)</p>`,
  "[ ] [1] and [2]": "<p>[ ] [1] and [2]</p>",
  "![pic](https://x.example/a.png)": `<p>!<a href="https://x.example/a.png"${out}>pic</a></p>`,
  "See https://x.example/a?b=c#d.": `<p>See <a href="https://x.example/a?b=c#d"${out}>https://x.example/a?b=c#d</a>.</p>`,
  "(https://x.example/a_(b))": `<p>(<a href="https://x.example/a_(b)"${out}>https://x.example/a_(b)</a>)</p>`,
  "xhttps://x.example https:// http://.": "<p>xhttps://x.example https:// http://.</p>",
  "javascript:alert(1)": "<p>javascript:alert(1)</p>",
  "- a\n- b": "<ul><li>a</li><li>b</li></ul>",
  "* a\n  more\n* b": "<ul><li>a<p>more</p></li><li>b</li></ul>",
  "- a\n  - b\n    - c\n- d": "<ul><li>a<ul><li>b<ul><li>c</li></ul></li></ul></li><li>d</li></ul>",
  "3. a\n4. b": '<ol start="3"><li>a</li><li>b</li></ol>',
  "- a\n1. b": '<ul><li>a</li></ul><ol start="1"><li>b</li></ol>',
  "- [ ] open\n- [x] done": '<ul><li><label><input type="checkbox" disabled="true"></input> <span>open</span></label></li><li><label><input type="checkbox" checked="true" disabled="true"></input> <span>done</span></label></li></ul>',
  "> quoted\n> more\n\nafter": "<blockquote><p>quoted<br></br>more</p></blockquote><p>after</p>",
  "> > twice": "<blockquote><blockquote><p>twice</p></blockquote></blockquote>",
  "---": "<hr></hr>",
  "text\n- a": "<p>text</p><ul><li>a</li></ul>",
  "\\*no\\* \\[a\\](b) \\z": "<p>*no* [a](b) \\z</p>",
  "<b>no</b> &amp; <script>alert(1)</script>": "<p>&lt;b>no&lt;/b> &amp;amp; &lt;script>alert(1)&lt;/script></p>",
  "a\u2028b": "<p>a\u2028b</p>",
  "# a\u2028b": "<h3>a\u2028b</h3>",
  "😀 *😀*": "<p>😀 <em>😀</em></p>",
  "": "",
  " \n\t\n": "",
};
for (const [text, expected] of Object.entries(cases)) {
  test(JSON.stringify(text), () => assert.equal(drawn(markdown(text)), expected));
}

test("only three kinds of address become links, whatever is tried", () => {
  const schemes = ["javascript", "JAVASCRIPT", "data", "vbscript", "file", "blob", "about", "ftp", "ws", "x-javascript", "java\tscript", "&#106;avascript"];
  for (const scheme of schemes) {
    for (const text of [`[x](${scheme}:alert)`, `[x](${scheme}://alert)`, `${scheme}:alert`, `${scheme}://alert`, `<${scheme}:alert>`, `[x]: ${scheme}:alert`]) {
      assert.ok(!drawn(markdown(text)).includes("<a "), text);
    }
  }
});

/** @param {any} node @returns {number} */
const depth = (node) => (Array.isArray(node) ? Math.max(0, ...node.map(depth)) : node?.props ? 1 + depth(node.props.children) : 0);

const pieces = [
  "*", "**", "***", "_", "*a ", "**a ", "_a_ ", "*a _b ", "a* ", "`", "` ", "`a", "``a`", "[", "]", "[a](", "](", "](a", "[a]", "[[a](b", "[a](https://x.example) ",
  "(", ")", "[a](((", "http://", "http://a ", "http://a.", "https://a)", "https://a(", "> ", ">", "- ", "-", "1. ", "  - a\n", "- a\n", "> - ", "# ", "#", "# \u2028", "```\n", "~~~ \n", "\n", " \n", "\\", "\\*", "- - ", "* * x\n", "é", "😀", "\u202e", " ", "a", "- [ ] ", "> a\n\n",
];
test("nothing nests deeper than a browser bears", () => {
  for (const piece of pieces) assert.ok(depth(markdown(piece.repeat(5000))) < 40, piece);
  const stairs = Array.from({ length: 300 }, (_, step) => `${" ".repeat(2 * step)}- a`).join("\n");
  assert.ok(depth(markdown(stairs)) < 40);
});

test("no character is lost", () => {
  const words = (node) => (Array.isArray(node) ? node.map(words).join("") : typeof node === "object" ? words(node?.props.children ?? "") : String(node));
  for (const piece of ["*", "**a ", "[a](x", "](", "_a *b ", "http://.", "\\z", "[ "]) {
    const text = `x${piece.repeat(50)}x`;
    assert.equal(words(markdown(text)).length, text.length, piece);
  }
});

test("time grows with the length only", () => {
  const cost = (piece, length) => {
    const text = piece.repeat(length / piece.length);
    return Math.min(...[1, 2, 3].map(() => {
      const started = performance.now();
      markdown(text);
      return performance.now() - started;
    }));
  };
  for (const piece of pieces) {
    const [small, large] = [cost(piece, 10_000), cost(piece, 100_000)];
    assert.ok(large < Math.max(5, small) * 40, `${JSON.stringify(piece)}: ${small} ms, then ${large} ms`);
  }
});
