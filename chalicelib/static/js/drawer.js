// An open task at the side of the page, each of its fields edited where it stands.
import { Activity } from "./activity.js";
import { request } from "./api.js";
import { boot, mayEdit } from "./boot.js";
import { Assignee, Chip, Due, PriorityBadge, StatusBadge } from "./chip.js";
import { draftOf } from "./drafts.js";
import { destroy, reason } from "./edits.js";
import { idOf } from "./focus.js";
import { t } from "./i18n.js";
import { icon, iconButton } from "./icons.js";
import { capture } from "./keys.js";
import { markdown } from "./markdown.js";
import { listed } from "./near.js";
import { close, opened, openTask, taskAddress } from "./opened.js";
import { afterPaint } from "./paint.js";
import { person } from "./people.js";
import { Lookers } from "./presence.js";
import { everywhere } from "./shortcuts.js";
import { merge, shown } from "./tasks.js";
import { fullMoment } from "./time.js";
import { sayDone, sayError } from "./toasts.js";
import { html, signal, useEffect, useLayoutEffect, useRef, useState } from "./vendor/preact.js";
import { visible } from "./walk.js";
import { fields } from "./words.js";

const longest = { title: 200, description: 10_000 };

/** Whether the description is being written. */
const writing = signal(false);

export function Drawer() {
  const id = opened.value;
  return id && html`<${Panel} id=${id} />`;
}

/** @param {{ id: string }} props */
function Panel({ id }) {
  const ref = useRef(/** @type {HTMLElement | null} */ (null));
  const task = shown(id).value;

  useLayoutEffect(() => {
    const before = document.activeElement;
    const free = isolate(ref.current);
    const release = capture({ ...everywhere, escape: close, j: () => step(1), k: () => step(-1), e: write });
    ref.current?.focus({ preventScroll: true });
    return () => {
      release();
      free();
      giveBack(before);
    };
  }, []);
  // What had the focus may have gone with the task before. Done before any key can be pressed.
  useLayoutEffect(() => {
    writing.value = false;
    if (!ref.current?.contains(document.activeElement)) ref.current?.focus({ preventScroll: true });
  }, [id]);
  // A task created here gets its own id once the server knows it.
  useEffect(() => {
    if (task && task.id !== id) openTask(task.id);
  }, [task?.id]);

  return html`<div class="drawer-back" onClick=${close}></div>
    <div class="drawer" ref=${ref} role="dialog" aria-modal="true" aria-labelledby="drawer-id" tabindex="-1">
      <header class="drawer-head">
        <h2 id="drawer-id">${id}</h2><${Lookers} id=${id} />
        ${iconButton("chevron-up", t("task.previous"), () => step(-1), "k")}
        ${iconButton("chevron-down", t("task.next"), () => step(1), "j")}
        ${iconButton("link", t("task.copy_link"), () => copy(id))}
        ${mayEdit && task && iconButton("trash-2", t("task.delete"), () => remove(task))}
        ${iconButton("x", t("task.close"), close, "Escape")}
      </header>
      ${task ? html`<${Body} key=${id} task=${task} />` : html`<div class="empty">${icon("trash-2")}<h3>${t("task.gone")}</h3><p class="muted">${t("task.gone_lead")}</p></div>`}
    </div>`;
}

/** @param {{ task: Task }} props */
function Body({ task }) {
  return html`<div class="drawer-body">
    <${Title} task=${task} />
    <dl class="facts">
      <${Fact} task=${task} field="status"><${StatusBadge} task=${task} /><//>
      <${Fact} task=${task} field="priority"><${PriorityBadge} task=${task} /><//>
      <${Fact} task=${task} field="assigned_to"><${Assignee} task=${task} /><//>
      <${Fact} task=${task} field="due_date"><${Due} task=${task} none=${t("due.no_date")} /><//>
    </dl>
    <${Description} task=${task} />
    ${task.version > 0 && html`<${Activity} id=${task.id} />`}
    <p class="muted drawer-origin">${t("task.origin", { who: person(task.created_by)?.name ?? task.creator_name ?? t("people.someone"), when: fullMoment(task.created_at) })}</p>
  </div>`;
}

/** @param {{ task: Task, field: "status" | "priority" | "assigned_to" | "due_date", children?: unknown }} props */
const Fact = ({ task, field, children }) => html`<div><dt>${fields[field]}</dt><dd><${Chip} task=${task} field=${field}>${children}<//></dd></div>`;

/** @param {{ task: Task }} props */
function Title({ task }) {
  const draft = draftOf(task, "title");
  if (!mayEdit) return html`<p class="drawer-title" dir="auto">${task.title}</p>`;
  return html`<${Text} field="title" draft=${draft} rows=${1} />`;
}

/** @param {{ task: Task }} props */
function Description({ task }) {
  const [failed, setFailed] = useState("");
  const draft = draftOf(task, "description");
  const isKnown = task.description !== undefined;
  const load = () => {
    setFailed("");
    request("GET", `/api/tasks/${task.id}`).then(merge, (error) => setFailed(reason(error)));
  };
  useEffect(() => {
    if (!isKnown) load();
  }, [isKnown]);

  let content;
  if (failed) content = html`<p class="muted">${failed} <button class="button" type="button" onClick=${load}>${t("activity.retry")}</button></p>`;
  else if (!isKnown) content = html`<span class="skeleton"></span>`;
  else if (writing.value) content = html`<${Text} field="description" draft=${draft} rows=${6} onDone=${() => (writing.value = false)} />`;
  else content = html`<${Reading} draft=${draft} />`;
  return html`<section class="drawer-part" aria-labelledby="description-title">
    <h3 id="description-title">${fields.description}
      ${mayEdit && isKnown && html`<button class="button is-quiet" type="button" aria-keyshortcuts="e" onClick=${write}>
        ${icon(writing.value ? "eye" : "pencil")}${writing.value ? t("task.preview") : t("task.edit")}</button>`}
    </h3>
    ${content}
  </section>`;
}

/** The description as it reads, a draft of it too. @param {{ draft: ReturnType<typeof draftOf> }} props */
function Reading({ draft }) {
  /** @param {MouseEvent} event */
  const click = ({ target }) => {
    const isLink = target instanceof Element && target.closest("a, input");
    if (mayEdit && !isLink && getSelection()?.isCollapsed !== false) writing.value = true;
  };
  const empty = html`<p class="muted">${mayEdit ? t("task.add_description") : t("task.no_description")}</p>`;
  return html`<div class="prose${mayEdit ? " is-editable" : ""}" dir="auto" onClick=${click}>${draft.text.trim() ? markdown(draft.text, 4) : empty}</div>
    ${draft.isDirty && html`<${Choice} field="description" draft=${draft} />`}`;
}

/**
 * @param {{ field: "title" | "description", draft: ReturnType<typeof draftOf>, rows: number, onDone?: () => void }} props
 */
function Text({ field, draft, rows, onDone = () => {} }) {
  const ref = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const fault = faultOf(field, draft.text);
  useLayoutEffect(() => {
    if (field === "description") ref.current?.focus();
  }, []);
  /** @param {KeyboardEvent} event */
  const onKey = (event) => {
    const saves = event.key === "Enter" && (field === "title" || event.ctrlKey || event.metaKey);
    const cancels = event.key === "Escape" && (draft.isDirty || field === "description");
    if (event.isComposing || !(saves || cancels)) return;
    event.preventDefault();
    if (saves && fault) return;
    if (cancels) draft.drop();
    else if (draft.isDirty) draft.save(draft.text.trim());
    onDone();
  };
  /** @param {{ currentTarget: HTMLTextAreaElement }} event */
  const onInput = ({ currentTarget }) => draft.type(field === "title" ? currentTarget.value.replace(/\s*\n\s*/g, " ") : currentTarget.value);
  return html`<div class="field">
    <textarea ref=${ref} class=${field === "title" ? "drawer-title" : ""} rows=${rows} aria-label=${fields[field]} dir="auto" value=${draft.text} onInput=${onInput} onKeyDown=${onKey}
      aria-invalid=${fault ? "true" : null} aria-describedby=${fault ? `${field}-fault` : null}></textarea>
    ${fault && html`<p class="field-error" id="${field}-fault">${icon("circle-alert")}<span>${fault}</span></p>`}
    ${(draft.isDirty || field === "description") && html`<${Choice} field=${field} draft=${draft} onDone=${onDone} />`}
  </div>`;
}

/**
 * @param {{ field: "title" | "description", draft: ReturnType<typeof draftOf>, onDone?: () => void }} props
 */
function Choice({ field, draft, onDone = () => {} }) {
  const save = () => {
    if (faultOf(field, draft.text)) return;
    if (draft.isDirty) draft.save(draft.text.trim());
    onDone();
  };
  const cancel = () => {
    draft.drop();
    onDone();
  };
  return html`<div class="choice">
    <span class="muted">${draft.isStale ? t("task.stale") : draft.isDirty ? t("task.unsaved") : t("task.markdown")}</span>
    <button class="button" type="button" onClick=${cancel}>${t("task.cancel")}</button>
    <button class="button is-primary" type="button" aria-keyshortcuts="Control+Enter" onClick=${save}>${t("task.save")}</button>
  </div>`;
}

/**
 * @param {"title" | "description"} field
 * @param {string} text
 */
function faultOf(field, text) {
  if (field === "title" && !text.trim()) return t("quick.empty");
  const most = longest[field];
  return Array.from(text.trim()).length > most ? t("quick.long", { most }) : "";
}

function write() {
  if (mayEdit) writing.value = !writing.peek();
}

/** To the task before or after this one, as the page shows them. @param {number} ahead */
function step(ahead) {
  const ids = [...new Set([...listed(), ...visible().map(idOf)])];
  const here = ids.indexOf(opened.peek() ?? "");
  const next = ids[here < 0 ? 0 : here + ahead];
  if (next) openTask(next);
}

/** @param {string} id */
async function copy(id) {
  try {
    await navigator.clipboard.writeText(`${location.origin}${boot.base}/admin${taskAddress(id)}`);
    sayDone(t("task.copied"));
  } catch {
    sayError(t("task.not_copied"));
  }
}

/** @param {Task} task */
function remove(task) {
  close();
  void destroy(task);
}

/**
 * Nothing but what lies over the page can be reached; what is announced still is. Inert elements are
 * styled anew, so the task comes first.
 * @param {HTMLElement | null} panel
 */
function isolate(panel) {
  /** @type {HTMLElement[]} */
  const still = [];
  const cancel = afterPaint(() => {
    for (let node = panel?.parentElement; node?.parentElement && node !== document.body; node = node.parentElement) {
      for (const other of node.parentElement.children) {
        if (other instanceof HTMLElement && other !== node && !other.inert && !other.matches("script, #announcer")) still.push(other);
      }
    }
    still.forEach((other) => (other.inert = true));
  });
  return () => {
    cancel();
    still.forEach((other) => (other.inert = false));
  };
}

/** The focus returns to where it was, or to the task's card if that is gone. @param {Element | null} before */
function giveBack(before) {
  const to = before?.isConnected && before !== document.body ? before : document.querySelector("#main");
  if (to instanceof HTMLElement) to.focus({ preventScroll: true });
}
