// Who is in the team: names, initials, and the colour a person keeps everywhere.
import { request } from "./api.js";
import { boot, me } from "./boot.js";
import { t } from "./i18n.js";
import { computed, html, signal } from "./vendor/preact.js";

/** @type {import("./vendor/preact.js").Signal<Person[]>} */
export const members = signal(boot.members);

const byId = computed(() => new Map(members.value.map((person) => [person.id, person])));
let asking = false;

/** @param {string | null} id */
export const person = (id) => (id ? byId.value.get(id) : undefined);

/** Somebody joined after this page was made. */
export async function refreshMembers() {
  if (asking) return;
  asking = true;
  try {
    const answer = await request("GET", `/api/teams/${boot.team.key}/members`);
    members.value = answer.members;
  } catch {
    // The names can wait: the next change asks again.
  } finally {
    asking = false;
  }
}

/**
 * "Ada", unless the team has two of them.
 * @param {{id: string, name: string}} who
 */
export function shortName(who) {
  if (who.id === me.id) return t("people.you");
  const first = firstName(who.name);
  const alike = members.value.filter((other) => firstName(other.name) === first && other.id !== who.id);
  return alike.length > 0 ? who.name : first;
}

/** @param {string} name */
const firstName = (name) => name.trim().split(/\s+/)[0] ?? name;

/** @param {string} name */
function initials(name) {
  const words = name.trim().split(/\s+/).map((word) => Array.from(word));
  const last = words.length > 1 ? words.at(-1)?.[0] : words[0]?.[1];
  return `${words[0]?.[0] ?? "?"}${last ?? ""}`.toUpperCase();
}

/**
 * The same function of the id as in templates/partials/ui.html.
 * @param {string} id
 */
function hue(id) {
  const digits = parseInt(id.slice(-2), 16);
  return Number.isNaN(digits) ? 0 : digits % 10;
}

/** @param {{ who?: {id: string, name: string} }} props */
export function Avatar({ who }) {
  if (!who) return html`<span class="avatar is-nobody" aria-hidden="true">–</span>`;
  return html`<span class="avatar hue-${hue(who.id)}" aria-hidden="true">${initials(who.name)}</span>`;
}
