// What happened to a task, as sentences, newest first; what happens now joins them.
import { request } from "./api.js";
import { changes } from "./feed.js";
import { locale, t } from "./i18n.js";
import { Avatar, person } from "./people.js";
import { ago, dayLabel, fullMoment } from "./time.js";
import { html, useEffect, useState } from "./vendor/preact.js";
import { priorities, statuses } from "./words.js";

/**
 * @typedef {object} Deed
 * @property {string} id
 * @property {"created" | "updated" | "deleted"} action
 * @property {boolean} [restored]
 * @property {string[]} changed
 * @property {Record<string, any>} before
 * @property {Record<string, any>} after
 * @property {{id: string, name: string}} actor
 * @property {string} at
 */

const page = 20;
/** An index brings them, which may lag behind the push that told us. */
const lag = 400;
const tries = 4;

/** @param {{ id: string }} props */
export function Activity({ id }) {
  const [deeds, setDeeds] = useState(/** @type {Deed[]} */ ([]));
  const [cursor, setCursor] = useState(/** @type {string | null | undefined} */ (undefined));
  const [failed, setFailed] = useState(false);
  const latest = changes.value.find(({ task }) => task.id === id)?.id;

  /** @param {string | null} [from] */
  const load = async (from) => {
    setFailed(false);
    try {
      const more = from ? `&cursor=${encodeURIComponent(from)}` : "";
      const answer = await request("GET", `/api/tasks/${id}/activity?limit=${page}${more}`);
      setDeeds((known) => merged(known, answer.activity));
      setCursor((now) => (from || now === undefined ? answer.next_cursor : now));
      return answer.activity;
    } catch {
      setFailed(true);
      return [];
    }
  };
  useEffect(() => {
    let left = tries;
    let timer = 0;
    const look = async () => {
      /** @type {Deed[]} */
      const found = await load();
      left -= 1;
      if (latest && left > 0 && !found.some((deed) => deed.id === latest)) timer = setTimeout(look, lag);
    };
    void look();
    return () => {
      left = 0;
      clearTimeout(timer);
    };
  }, [latest]);

  return html`<section class="drawer-part" aria-labelledby="activity-title" aria-busy=${cursor === undefined && !failed}>
    <h3 id="activity-title">${t("activity.heading")}</h3>
    ${deeds.length > 0 && html`<ol class="deeds">${deeds.map((deed) => html`<${Row} key=${deed.id} deed=${deed} />`)}</ol>`}
    ${failed && html`<p class="muted">${t("activity.failed")}</p>`}
    ${(failed || cursor) && html`<button class="button" type="button" onClick=${() => load(failed ? null : cursor)}>${failed ? t("activity.retry") : t("activity.more")}</button>`}
  </section>`;
}

/** @param {{ deed: Deed }} props */
function Row({ deed }) {
  return html`<li class="deed">
    <${Avatar} who=${deed.actor} />
    <p><strong>${person(deed.actor.id)?.name ?? deed.actor.name}</strong> ${sentence(deed)} <time class="muted" datetime=${deed.at} title=${fullMoment(deed.at)}>${ago(deed.at)}</time></p>
  </li>`;
}

/**
 * By id, which is the order in time.
 * @param {Deed[]} known
 * @param {Deed[]} more
 */
function merged(known, more) {
  const all = new Map([...known, ...more].map((deed) => [deed.id, deed]));
  return [...all.values()].sort((a, b) => (a.id < b.id ? 1 : -1));
}

const lists = new Intl.ListFormat(locale, { type: "conjunction" });

/** @param {Deed} deed */
function sentence({ action, restored, changed, before, after }) {
  if (action === "created") return restored ? t("activity.restored") : t("activity.created");
  if (action === "deleted") return t("activity.deleted");
  const fields = changed.length > 1 ? changed.filter((field) => field !== "rank") : changed;
  return t("activity.did", { what: lists.format(fields.map((field) => clause(field, before?.[field], after?.[field]))) });
}

/**
 * @param {string} field
 * @param {any} from
 * @param {any} to
 */
function clause(field, from, to) {
  const say = words[field];
  return say ? say(from, to) : t("activity.description");
}

/** @type {Record<string, (from: any, to: any) => string>} */
const words = {
  status: (from, to) => t("activity.status", { from: label(statuses, from), to: label(statuses, to) }),
  priority: (from, to) => t("activity.priority", { from: label(priorities, from), to: label(priorities, to) }),
  assigned_to: (from, to) => (to ? t("activity.assigned", { who: name(to) }) : t("activity.unassigned", { who: name(from) })),
  due_date: (from, to) => {
    if (!to) return t("activity.due_off");
    return from ? t("activity.due_moved", { from: dayLabel(from), to: dayLabel(to) }) : t("activity.due_set", { to: dayLabel(to) });
  },
  title: (from, to) => t("activity.renamed", { from: from ?? "", to: to ?? "" }),
  rank: () => t("activity.rank"),
};

/**
 * @param {Record<string, {label: string}>} values
 * @param {string} value
 */
const label = (values, value) => values[value]?.label ?? value ?? "";

/** @param {string} id */
const name = (id) => person(id)?.name ?? t("people.someone");
