// The command palette: finds tasks, goes to views, and does to the task at hand what its menus do.
import { request } from "./api.js";
import { boot, me, mayEdit } from "./boot.js";
import { change, destroy } from "./edits.js";
import { fold } from "./grammar.js";
import { t } from "./i18n.js";
import { icon, iconButton } from "./icons.js";
import { kept } from "./kept.js";
import { Modal } from "./modal.js";
import { close as closeTask, leave, opened, openTask, palette } from "./opened.js";
import { members } from "./people.js";
import { clearFilters, setFilters } from "./route.js";
import { Keys, shortcuts } from "./shortcuts.js";
import { merge, shown, tasks } from "./tasks.js";
import { dayFromToday } from "./time.js";
import { effect, html, useEffect, useLayoutEffect, useRef, useState } from "./vendor/preact.js";
import { fields, priorities, statuses } from "./words.js";

/** @typedef {{ id: string, label: string, image: string, run: () => void, keys?: string | undefined, hint?: string, words?: string }} Command */
/** @typedef {{ title: string, list: Command[] }} Group */

const most = 8;
const calm = 200;

/** The tasks that were open last. */
const recent = kept("recent", /** @type {string[]} */ ([]));
effect(() => {
  const id = opened.value;
  if (id) recent.value = [id, ...recent.peek().filter((other) => other !== id)].slice(0, 5);
});

document.addEventListener("click", ({ target }) => {
  if (target instanceof Element && target.closest("[data-palette]")) palette.value = true;
});

export const Palette = () => palette.value && html`<${Dialog} />`;

const close = () => (palette.value = false);

function Dialog() {
  const [query, setQuery] = useState("");
  const [chosen, setChosen] = useState(0);
  // Before the dialog takes the focus.
  const [at] = useState(() => opened.peek() ?? document.activeElement?.closest("[data-task]")?.getAttribute("data-task") ?? "");
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  const groups = query.trim() ? found(fold(query.trim()), at) : offered(at);
  const all = groups.flatMap((group) => group.list);
  const current = Math.min(chosen, all.length - 1);

  useEffect(() => {
    const q = query.trim();
    const timer = q && setTimeout(() => ask(q), calm);
    return () => clearTimeout(timer || 0);
  }, [query]);
  useLayoutEffect(() => list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" }), [current, query]);

  /** @param {Command | undefined} command */
  const take = (command) => {
    if (!command) return;
    close();
    // Once the dialog has given the focus back.
    setTimeout(command.run);
  };
  /** @param {KeyboardEvent} event */
  const onKey = (event) => {
    if (event.isComposing) return;
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: most, PageUp: -most };
    const step = steps[/** @type {keyof typeof steps} */ (event.key)];
    if (step) setChosen(Math.abs(step) === 1 ? (current + step + all.length) % all.length : Math.max(0, Math.min(all.length - 1, current + step)));
    else if (event.key === "Enter") take(all[current]);
    else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") close();
    else return;
    event.preventDefault();
  };
  /** @param {{ currentTarget: HTMLInputElement }} event */
  const onInput = ({ currentTarget }) => {
    setQuery(currentTarget.value);
    setChosen(0);
  };
  let index = -1;
  return html`<${Modal} labelledby="palette-title" extra="palette" onClose=${close}>
    <h2 class="visually-hidden" id="palette-title">${t("keys.palette")}</h2>
    <div class="palette-field">
      ${icon("search")}
      <input type="text" role="combobox" aria-expanded="true" aria-controls="palette-list" aria-autocomplete="list" aria-labelledby="palette-title" autofocus
        aria-activedescendant=${all[current] ? `palette-${current}` : null} placeholder=${t("palette.placeholder")}
        autocomplete="off" spellcheck=${false} enterkeyhint="go" value=${query} onInput=${onInput} onKeyDown=${onKey} />
      ${iconButton("x", t("task.close"), close)}
    </div>
    <div class="palette-list" id="palette-list" role="listbox" aria-label=${t("palette.results")} ref=${list}>
      ${groups.map(({ title, list: commands }) => html`<div role="group" aria-label=${title} key=${title}>
        <p class="palette-title" aria-hidden="true">${title}</p>
        ${commands.map((command) => {
          const own = (index += 1);
          return html`<div class="palette-item" role="option" id="palette-${own}" key=${command.id} aria-selected=${own === current}
            onClick=${() => take(command)} onMouseMove=${() => setChosen(own)}>
            ${icon(command.image)}<span class="palette-label" dir="auto">${command.label}</span>
            ${command.keys && html`<${Keys} keys=${command.keys} />`}${command.hint && html`<kbd>${command.hint}</kbd>`}
          </div>`;
        })}
      </div>`)}
    </div>
    <p class=${all.length > 0 ? "visually-hidden" : "palette-none muted"} role="status">${all.length > 0 ? t("palette.count", { count: all.length }) : t("palette.none", { query })}</p>
  <//>`;
}

/** What the server finds joins what is here. @param {string} q */
async function ask(q) {
  try {
    const search = new URLSearchParams({ q, team: boot.team.key, limit: String(most) });
    merge(...(await request("GET", `/api/tasks?${search}`)).tasks);
  } catch {
    // What is here is found without it.
  }
}

/** Before anything is typed. @param {string} at the task at hand @returns {Group[]} */
function offered(at) {
  const last = recent.value.flatMap((id) => (id !== at && shown(id).value) || []);
  return [
    { title: t("palette.recent"), list: last.map(asCommand) },
    ...about(at).map(({ title, list }) => ({ title, list: list.slice(0, most) })),
    ...general(),
  ].filter(({ list }) => list.length > 0);
}

/**
 * @param {string} query folded
 * @param {string} at
 * @returns {Group[]}
 */
function found(query, at) {
  return [{ title: t("palette.tasks"), list: tasks.value.map(asCommand) }, ...about(at), ...general()]
    .map(({ title, list }) => ({ title, hits: best(list, query) }))
    .filter(({ hits }) => hits.length > 0)
    .sort((a, b) => (b.hits[0]?.score ?? 0) - (a.hits[0]?.score ?? 0))
    .map(({ title, hits }) => ({ title, list: hits.map(({ command }) => command) }));
}

/** @param {Task} task @returns {Command} */
const asCommand = (task) => ({ id: task.id, label: task.title, image: statuses[task.status].icon, hint: task.id, run: () => openTask(task.id) });

/** What can be done to the task at hand. @param {string} id @returns {Group[]} */
function about(id) {
  const task = id && shown(id).value;
  if (!task || !mayEdit) return [];
  /** @param {Editable} field @param {string} image @param {string | null} value @param {string} label @returns {Command} */
  const set = (field, image, value, label) => ({
    id: `${field} ${value}`,
    label: t("palette.set", { field: fields[field], value: label }),
    image,
    run: () => void change(id, { [field]: value }),
  });
  const people = members.value.map((who) => set("assigned_to", "user-round", who.id, who.id === me.id ? t("people.with_you", { name: who.name }) : who.name));
  const list = [
    ...Object.entries(statuses).map(([value, { label, icon: image }]) => set("status", image, value, label)),
    ...Object.entries(priorities).map(([value, { label }]) => set("priority", "signal-high", value, label)),
    ...people,
    set("assigned_to", "user-round", null, t("people.nobody")),
    set("due_date", "calendar", dayFromToday(0), t("due.today")),
    set("due_date", "calendar", dayFromToday(1), t("due.tomorrow")),
    set("due_date", "calendar", dayFromToday(7), t("due.in_a_week")),
    set("due_date", "calendar-x", null, t("due.none")),
  ].filter(({ id: name }) => !Object.entries(task).some(([field, value]) => name === `${field} ${value}`));
  const remove = () => {
    if (opened.peek() === id) closeTask();
    void destroy(task);
  };
  return [{ title: `${task.id} ${task.title}`, list: [...list, { id: "delete", label: t("task.delete"), image: "trash-2", run: remove }] }];
}

/** @returns {Group[]} */
function general() {
  const own = shortcuts.map(({ title, list }) => ({
    title,
    list: list.flatMap(({ keys, label, image, run }) => (run && image ? [{ id: keys.join(), label, image, run, keys: keys[0] }] : [])),
  }));
  /** @param {import("./route.js").Filters} wanted */
  const only = (wanted) => () => {
    leave();
    setFilters(wanted);
  };
  const filters = [
    { id: "me", label: t("palette.only_mine"), image: "user-round", run: only({ assignee: "me" }) },
    { id: "overdue", label: t("palette.only_overdue"), image: "calendar-x", run: only({ due: "overdue" }) },
    { id: "today", label: t("palette.only_today"), image: "calendar-clock", run: only({ due: "today" }) },
    { id: "all", label: t("palette.no_filters"), image: "x", run: () => [leave(), clearFilters()] },
  ];
  const account = [
    { id: "theme", label: t("palette.theme"), image: "sun", run: () => click("[data-theme-toggle]") },
    { id: "settings", label: t("nav.settings"), image: "settings", run: () => location.assign(`${boot.base}/admin/settings`), words: t("palette.settings_words") },
    { id: "sign-out", label: t("account.sign_out"), image: "log-out", run: () => click("#account form button") },
  ];
  return [...own, { title: t("palette.filters"), list: filters }, { title: t("palette.account"), list: account }];
}

/** @param {string} selector */
function click(selector) {
  const button = document.querySelector(selector);
  if (button instanceof HTMLElement) button.click();
}

/**
 * The best first; those alike stay in their order.
 * @param {Command[]} list
 * @param {string} query
 */
function best(list, query) {
  return list
    .map((command) => ({ command, score: score(fold(`${command.label} ${command.hint ?? ""} ${command.words ?? ""}`), query) }))
    .filter((one) => one.score > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, most);
}

/**
 * A beginning is better than the beginning of a word, that than words in any order, that than letters with gaps.
 * @param {string} text
 * @param {string} query
 */
function score(text, query) {
  if (text.startsWith(query)) return text.trim() === query ? 6 : 5;
  if (text.includes(` ${query}`)) return 4;
  if (text.includes(query)) return 3;
  if (query.split(/\s+/).every((word) => text.includes(word))) return 2;
  let at = -1;
  let first = 0;
  for (const letter of query.replace(/\s/g, "")) {
    const next = text.indexOf(letter, at + 1);
    if (next < 0) return 0;
    if (at < 0) first = next;
    at = next;
  }
  return at - first < query.length * 2 ? 1 : 0;
}
