// Prints what a page costs on the wire against the budgets of the web app, and fails above one.
import { execFileSync } from "node:child_process";
import { readFile, readdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const python = join(root, ".venv/bin/python");
// What ships: bundled and minified, as the package has it.
const shipped = join(root, "build/static");
execFileSync(python, ["-m", "infra.bundle", shipped], { cwd: root });
const scripts = join(shipped, "js");
const kilobyte = 1024;

/** Modules and everything they import. @param {string[]} entries @returns {Promise<string[]>} */
async function graph(...entries) {
  const found = [...entries];
  for (const path of found) {
    const source = await readFile(path, "utf8");
    for (const [, target] of source.matchAll(/\b(?:from|import)\s*["'](\.[^"']+)["']/g)) {
      const imported = resolve(dirname(path), target ?? "");
      if (!found.includes(imported)) found.push(imported);
    }
  }
  return found;
}

/** The gateway compresses each file by itself, and only above 1 KB. @param {string[]} paths */
async function weight(paths) {
  const sizes = await Promise.all(
    paths.map(async (path) => {
      const content = await readFile(path);
      return content.length < kilobyte ? content.length : gzipSync(content, { level: 6 }).length;
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** @returns {{ pages: Record<string, number>, sheets: Record<string, number>, texts: number }} what the server makes; of the catalogues the larger one */
function served() {
  const answer = execFileSync(python, ["-m", "infra.web.html_sizes", shipped], { cwd: root, encoding: "utf8" });
  return JSON.parse(answer);
}

const modules = await graph(join(scripts, "dashboard.js"));
const others = ["entry.js", "theme.js"];
const all = (await readdir(shipped, { recursive: true }))
  .filter((name) => name.endsWith(".js") && !others.includes(basename(name)))
  .map((name) => join(shipped, name));

const { pages, sheets, texts } = served();

const rows = [
  ["JavaScript before first paint", await weight(modules), 35],
  ["JavaScript of the dashboard", await weight(all), 60],
  ["texts of a language", texts, 8],
  ...Object.entries(sheets).map(([name, size]) => [name, size, 12]),
  ...Object.entries(pages).map(([name, size]) => [`HTML of ${name}, a team of ten`, size, 10]),
  ["icons", await weight([join(shipped, "icons.svg")]), 3],
];

let fits = true;
for (const [name, size, budget] of rows) {
  const ok = size <= budget * kilobyte;
  fits &&= ok;
  console.log(`${name.padEnd(33)} ${(size / kilobyte).toFixed(1).padStart(5)} KB of ${String(budget).padStart(2)} KB gzip${ok ? "" : "  TOO MUCH"}`);
}
process.exit(fits ? 0 : 1);
