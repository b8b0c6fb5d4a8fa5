// Builds what the pages take from others: one module with Preact, htm and signals, one with drag and
// drop, and the icon sprite.
// `--check` rebuilds in memory and compares, so that what is committed is provably what these versions give.
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { dirname, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { icons } from "./icons.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const vendorFolder = resolve(root, "chalicelib/static/js/vendor");
const drawing = ["preact", "htm", "@preact/signals", "@preact/signals-core"];
const dragging = ["@atlaskit/pragmatic-drag-and-drop", "@atlaskit/pragmatic-drag-and-drop-hitbox"];
const packages = [...drawing, ...dragging, "raf-schd", "lucide-static"];

// One module instead of five: the packages import each other by bare names, which a browser
// without an import map (the policy forbids an inline one) cannot resolve.
const entry = `
export { h, render } from "preact";
export { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
export { signal, computed, effect, batch, useComputed } from "@preact/signals";
import { h } from "preact";
import htm from "htm";
export const html = htm.bind(h);
`;

const dragEntry = `
export { draggable, dropTargetForElements, monitorForElements } from "@atlaskit/pragmatic-drag-and-drop/element/adapter";
export { attachClosestEdge, extractClosestEdge } from "@atlaskit/pragmatic-drag-and-drop-hitbox/closest-edge";
`;

// What the dragging uses of bind-event-listener, which comes for older browsers only.
const listeningEntry = `
export function bind(target, { type, listener, options }) {
  target.addEventListener(type, listener, options);
  return () => target.removeEventListener(type, listener, options);
}
export function bindAll(target, bindings, shared) {
  const ends = bindings.map(({ options, ...binding }) => bind(target, { ...binding, options: { ...shared, ...options } }));
  return () => ends.forEach((end) => end());
}
`;

/** @type {import("esbuild").Plugin} */
const listening = {
  name: "listening",
  setup(building) {
    building.onResolve({ filter: /^bind-event-listener$/ }, ({ path }) => ({ path, namespace: "own" }));
    building.onLoad({ filter: /./, namespace: "own" }, () => ({ contents: listeningEntry }));
  },
};

/**
 * @param {string} contents
 * @param {string[]} parts the packages it is named after
 */
async function bundle(contents, parts) {
  const result = await build({
    stdin: { contents, resolveDir: root, sourcefile: "vendor.js" },
    bundle: true,
    format: "esm",
    // Atlassian's build for browsers of this decade: the other one brings helpers for older ones.
    mainFields: ["module:es2019", "module", "main"],
    minify: true,
    target: "es2022",
    legalComments: "none",
    write: false,
    plugins: [listening],
  });
  const names = await Promise.all(parts.map(nameWithVersion));
  return `/* ${names.join(", ")}; licences in LICENSES.txt; rebuilt by "npm run vendor" */\n${result.outputFiles[0].text}`;
}

/** @returns {Promise<string>} */
async function sprite() {
  const symbols = await Promise.all(icons.map(symbol));
  const name = await nameWithVersion("lucide-static");
  return `<!-- ${name}, ISC licence, see js/vendor/LICENSES.txt; rebuilt by "npm run vendor" -->
<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`;
}

/** @param {string} name */
async function symbol(name) {
  const source = await readFile(resolve(root, `node_modules/lucide-static/icons/${name}.svg`), "utf8");
  const shapes = source.slice(source.indexOf("<svg")).replace(/<svg[^>]*>|<\/svg>/g, "").replace(/\s*\n\s*/g, "");
  // Stroke attributes are inherited from the <svg> that uses the symbol: see .icon in the stylesheet.
  return `<symbol id="${name}" viewBox="0 0 24 24">${shapes.trim()}</symbol>`;
}

/** @returns {Promise<string>} */
async function licences() {
  const texts = await Promise.all(
    packages.map(async (name) => {
      const folder = resolve(root, `node_modules/${name}`);
      const file = (await readdir(folder)).find((each) => each.startsWith("LICENSE")) ?? "LICENSE";
      const text = await readFile(resolve(folder, file), "utf8");
      return `${await nameWithVersion(name)}\n\n${text.trim()}\n`;
    }),
  );
  return texts.join(`\n${"-".repeat(72)}\n\n`);
}

/** @param {string} name */
async function nameWithVersion(name) {
  const manifest = JSON.parse(await readFile(resolve(root, `node_modules/${name}/package.json`), "utf8"));
  return `${name} ${manifest.version}`;
}

/** @param {string} text */
const sha256 = (text) => createHash("sha256").update(text).digest("hex");

const files = new Map([
  [resolve(vendorFolder, "preact.js"), await bundle(entry, drawing)],
  [resolve(vendorFolder, "drag.js"), await bundle(dragEntry, dragging)],
  [resolve(vendorFolder, "LICENSES.txt"), await licences()],
  [resolve(root, "chalicelib/static/icons.svg"), await sprite()],
]);
const sums = [...files].map(([path, text]) => `${sha256(text)}  ${relative(vendorFolder, path)}`).join("\n");
files.set(resolve(vendorFolder, "SHA256SUMS"), `${sums}\n`);

if (process.argv.includes("--check")) {
  const different = [];
  for (const [path, text] of files) {
    const committed = await readFile(path, "utf8").catch(() => "");
    if (committed !== text) different.push(relative(root, path));
  }
  if (different.length > 0) {
    console.error(`differs from a rebuild: ${different.join(", ")}; run "npm run vendor"`);
    process.exit(1);
  }
  console.log(`${files.size} vendored files equal a rebuild`);
} else {
  await mkdir(vendorFolder, { recursive: true });
  for (const [path, text] of files) await writeFile(path, text);
  console.log(sums);
}
