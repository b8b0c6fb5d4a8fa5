// A new task in one line, from anywhere: what the line says becomes chips while it is typed.
import { me } from "./boot.js";
import { create } from "./edits.js";
import { completing, keep, literal, mention, parse } from "./grammar.js";
import { locale, t } from "./i18n.js";
import { icon, iconButton } from "./icons.js";
import { kept } from "./kept.js";
import { Modal } from "./modal.js";
import { adding, openTask } from "./opened.js";
import { Avatar, members } from "./people.js";
import { today } from "./time.js";
import { html, useLayoutEffect, useRef, useState } from "./vendor/preact.js";
import { assigneeName, fields, priorities, statuses } from "./words.js";

/** @typedef {import("./grammar.js").Field} Field */
/** @typedef {{ text: string, more: Partial<TaskFields>, isMore: boolean }} Draft more: what is not in the line */

/** @type {Draft} */
const blank = { text: "", more: {}, isMore: false };
const mostDescribed = 10_000;
const days = new Intl.DateTimeFormat(locale, { weekday: "short", month: "short", day: "numeric", year: "numeric", timeZone: "UTC" });

/** What is typed and not created yet: closing does not lose it. */
const draft = kept("new", blank);

/** @param {Partial<Draft>} values */
const put = (values) => (draft.value = { ...draft.peek(), ...values });

const close = () => (adding.value = null);

const context = () => ({ today: today(), language: locale.slice(0, 2), me: me.id, members: members.value });

export function QuickAdd() {
  const preset = adding.value;
  return preset && html`<${Line} preset=${preset} />`;
}

/** @param {{ preset: Partial<TaskFields> }} props */
function Line({ preset }) {
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  const [caret, setCaret] = useState(-1);
  const [active, setActive] = useState(0);
  const [tried, setTried] = useState(false);
  const [created, setCreated] = useState("");
  useLayoutEffect(() => {
    const { title, ...values } = preset;
    const given = Object.entries(values).filter(([, value]) => value !== null && value !== "");
    put({ more: { ...draft.peek().more, ...Object.fromEntries(given) }, ...(title && { text: literal(title, context()) }) });
  }, [preset]);

  const { text, more, isMore } = draft.value;
  const read = parse(text, context());
  const values = /** @type {Partial<TaskFields>} */ ({ ...more, ...read.fields });
  const offer = caret >= 0 ? completing(text, caret, members.value) : null;
  const people = offer?.people ?? [];
  const fault = read.faults.find(({ kind, start, end }) => (kind === "empty" ? tried : tried || kind === "long" || caret < start || caret > end));
  const tooLong = Array.from(more.description ?? "").length > mostDescribed;

  /** @param {string} typed @param {number} place of the caret */
  const take = (typed, place) => {
    put({ text: typed });
    setCaret(place);
    setActive(0);
    setTried(false);
    setCreated("");
  };
  /** @param {string} typed @param {number} [place] */
  const write = (typed, place = typed.length) => {
    take(typed, place);
    requestAnimationFrame(() => {
      input.current?.focus();
      input.current?.setSelectionRange(place, place);
    });
  };
  /** @param {{id: string, name: string} | undefined} who */
  const complete = (who) => {
    if (!who || !offer) return;
    const before = `${text.slice(0, offer.start)}${mention(who, context())} `;
    write(before + text.slice(caret).trimStart(), before.length);
  };
  /** @param {Field} field @param {string | null} value from the form below the line */
  const pick = (field, value) => {
    const span = read.spans.find((one) => one.field === field);
    put({ more: { ...more, [field]: value ?? undefined }, ...(span && { text: `${text.slice(0, span.start)}${text.slice(span.end).trimStart()}`.trimEnd() }) });
  };
  /** @param {boolean} opens */
  const submit = (opens) => {
    setTried(true);
    if (read.faults.length > 0 || tooLong) return input.current?.focus();
    const task = create({ ...values, title: read.title });
    put({ text: "", more: {} });
    setTried(false);
    setCreated(read.title);
    input.current?.focus();
    if (!opens) return;
    close();
    openTask(task.id);
  };
  /** @param {KeyboardEvent} event */
  const onKey = (event) => {
    if (event.isComposing) return;
    const isEnter = event.key === "Enter";
    if (people.length > 0 && isEnter) complete(people[active]);
    else if (people.length > 0 && event.key === "Tab" && !event.shiftKey) complete(people[active]);
    else if (people.length > 0 && event.key === "ArrowDown") setActive((active + 1) % people.length);
    else if (people.length > 0 && event.key === "ArrowUp") setActive((active + people.length - 1) % people.length);
    else if (offer && event.key === "Escape") setCaret(-1);
    else if (isEnter) submit(event.shiftKey);
    else return;
    event.preventDefault();
  };
  /** @param {{ currentTarget: HTMLInputElement }} event */
  const onInput = ({ currentTarget }) => take(currentTarget.value, currentTarget.selectionStart ?? -1);
  /** @param {{ currentTarget: HTMLInputElement, key?: string }} event a press, or a key that moves the caret */
  const onMove = ({ currentTarget, key = "End" }) => {
    if (/^(Arrow(Left|Right)|Home|End)$/.test(key)) setCaret(currentTarget.selectionStart ?? -1);
  };
  /** @param {SubmitEvent} event */
  const onSubmit = (event) => {
    event.preventDefault();
    submit(false);
  };
  const chips = /** @type {Field[]} */ (["due_date", "priority", "assigned_to", "status"]).filter((field) => values[field]);

  return html`<${Modal} labelledby="quick-title" extra="quick" onClose=${close}>
    <form noValidate onSubmit=${onSubmit}>
      <header class="modal-head">
        <h2 id="quick-title">${t("task.new")}</h2>
        ${iconButton("x", t("task.close"), close)}
      </header>
      <div class="field quick-line">
        <input type="text" ref=${input} role="combobox" aria-autocomplete="list" aria-label=${fields.title} autofocus autocomplete="off" enterkeyhint="done"
          aria-expanded=${people.length > 0} aria-controls="quick-people" aria-activedescendant=${people.length > 0 ? `quick-person-${active}` : null}
          aria-invalid=${fault ? "true" : null} aria-describedby=${fault ? "quick-fault" : chips.length === 0 ? "quick-hint" : null}
          placeholder=${t("quick.placeholder")} value=${text} onInput=${onInput} onKeyDown=${onKey} onKeyUp=${onMove} onClick=${onMove} onBlur=${() => setCaret(-1)} />
        <ul class="quick-people" id="quick-people" role="listbox" aria-label=${t("people.label")} hidden=${people.length === 0}>
          ${people.map((who, index) => html`<li class="menu-item" role="option" id="quick-person-${index}" key=${who.id} aria-selected=${index === active}
            onMouseDown=${(/** @type {Event} */ event) => event.preventDefault()} onClick=${() => complete(who)}><${Avatar} who=${who} />${who.name}</li>`)}
        </ul>
        ${fault && html`<p class="field-error" id="quick-fault" role="alert">${icon("circle-alert")}<span>${sentenceOf(fault)}</span></p>`}
      </div>
      <div class="tokens">
        ${chips.map((field) => html`<${Token} key=${field} field=${field} value=${values[field] ?? ""} onRemove=${() => {
          const span = read.spans.find((one) => one.field === field);
          if (span) write(keep(text, span));
          else pick(field, null);
        }} />`)}
        ${chips.length === 0 && html`<p class="field-hint" id="quick-hint">${t("quick.hint")}</p>`}
      </div>
      ${isMore && html`<${More} values=${values} onPick=${pick} tooLong=${tooLong} />`}
      <p class="quick-created" role="status">${created && html`${icon("circle-check")}${t("quick.created", { title: created })}`}</p>
      <footer class="modal-foot">
        <button class="button is-quiet quick-more" type="button" aria-expanded=${isMore} onClick=${() => put({ isMore: !isMore })}>${icon("chevron-down")}${t("quick.more")}</button>
        <button class="button" type="button" aria-keyshortcuts="Shift+Enter" onClick=${() => submit(true)}>${t("quick.open")}</button>
        <button class="button is-primary" type="submit">${t("quick.create")}</button>
      </footer>
    </form>
  <//>`;
}

/** @type {Record<Field, { image: string, say: (value: string) => string }>} */
const looks = {
  due_date: { image: "calendar", say: (value) => days.format(new Date(value)) },
  priority: { image: "signal-high", say: (value) => priorities[/** @type {Priority} */ (value)].label },
  assigned_to: { image: "user-round", say: assigneeName },
  status: { image: "circle-dashed", say: (value) => statuses[/** @type {Status} */ (value)].label },
};

/** @param {{ field: Field, value: string, onRemove: () => void }} props */
function Token({ field, value, onRemove }) {
  const { image, say } = looks[field];
  return html`<button class="token is-${value}" type="button" title=${t("quick.remove")} onClick=${onRemove}>
    ${icon(image)}<span class="visually-hidden">${fields[field]}: </span>${say(value)}<span class="visually-hidden">, ${t("quick.remove")}</span>${icon("x")}
  </button>`;
}

/** @param {import("./grammar.js").Fault} fault */
function sentenceOf({ kind, text }) {
  if (kind === "person") return t("quick.no_person", { name: text });
  if (kind === "people") return t("quick.people", { name: text });
  if (kind === "date") return t("quick.no_day", { day: text });
  return kind === "empty" ? t("quick.empty") : t("quick.long", { most: 200 });
}

/** @type {Record<string, string>} */
const initial = { status: "pending", priority: "medium", assigned_to: "" };

/**
 * @param {{ values: Partial<TaskFields>, tooLong: boolean, onPick: (field: Field, value: string | null) => void }} props
 */
function More({ values, tooLong, onPick }) {
  /** @param {Record<string, {label: string}>} all @returns {[string, string][]} */
  const labelled = (all) => Object.entries(all).map(([value, { label }]) => [value, label]);
  /** @type {[Field, [string, string][]][]} */
  const choices = [
    ["status", labelled(statuses)],
    ["priority", labelled(priorities)],
    ["assigned_to", [["", t("people.nobody")], ...members.value.map((who) => /** @type {[string, string]} */ ([who.id, who.name]))]],
  ];
  /** @param {Field} field @returns {(event: { currentTarget: HTMLInputElement }) => void} */
  const picked = (field) => ({ currentTarget }) => onPick(field, currentTarget.value || null);
  return html`<div class="quick-fields">
    <div class="field quick-description">
      <label for="quick-description">${fields.description}</label>
      <textarea id="quick-description" rows="4" value=${values.description ?? ""} aria-invalid=${tooLong ? "true" : null} aria-describedby=${tooLong ? "quick-long" : null}
        onInput=${(/** @type {{ currentTarget: HTMLTextAreaElement }} */ { currentTarget }) => put({ more: { ...draft.peek().more, description: currentTarget.value } })}></textarea>
      ${tooLong && html`<p class="field-error" id="quick-long">${icon("circle-alert")}<span>${t("quick.long", { most: mostDescribed })}</span></p>`}
    </div>
    ${choices.map(([field, options]) => html`<div class="field" key=${field}>
      <label for="quick-${field}">${fields[field]}</label>
      <span class="select"><select id="quick-${field}" onChange=${picked(field)}>
        ${options.map(([value, label]) => html`<option key=${value} value=${value} selected=${value === (values[field] ?? initial[field])}>${label}</option>`)}
      </select>${icon("chevron-down")}</span>
    </div>`)}
    <div class="field">
      <label for="quick-due_date">${fields.due_date}</label>
      <input id="quick-due_date" type="date" value=${values.due_date ?? ""} onChange=${picked("due_date")} />
    </div>
  </div>`;
}
