// Tells the others what is open here, hears what they have open, and shows in the top bar who is here.
import { me } from "./boot.js";
import { t } from "./i18n.js";
import { onPresence, send, state } from "./live.js";
import { opened } from "./opened.js";
import { Avatar, members } from "./people.js";
import { presence } from "./presence.js";
import { effect, html } from "./vendor/preact.js";

const most = 4;

let latest = 0;
/** What the server believes that is open here. @type {string | null} */
let said = null;

export function followPresence() {
  onPresence(({ people, at }) => {
    if (at < latest) return;
    latest = at;
    // Other tabs of the same person are nobody else.
    presence.value = people.filter(({ id }) => id !== me.id);
  });
  effect(() => {
    const task = opened.value?.startsWith("new-") ? null : opened.value;
    if (state.value !== "live") said = null;
    else if (task !== said) send({ type: "presence", task: (said = task) });
  });
  effect(() => {
    if (state.value === "offline") presence.value = [];
  });
}

/** The team: who is here first, and in colour. */
export function People() {
  const here = new Map(presence.value.map((person) => [person.id, person]));
  const isHere = (/** @type {string} */ id) => id === me.id || here.has(id);
  const all = [...members.value].sort((a, b) => Number(isHere(b.id)) - Number(isHere(a.id)));
  const faces = all.length > most ? all.slice(0, most - 1) : all;
  const rest = all.slice(faces.length);
  return html`<ul class="faces" aria-label=${t("people.team", { count: all.length })}>
    ${faces.map((who) => {
      const tasks = here.get(who.id)?.tasks.join(", ");
      const says = tasks ? t("presence.has_open", { name: who.name, tasks }) : isHere(who.id) ? t("presence.here", { name: who.name }) : t("presence.away", { name: who.name });
      return html`<li key=${who.id} class=${isHere(who.id) ? "is-here" : "is-away"} title=${says}><${Avatar} who=${who} /><span class="visually-hidden">${says}</span></li>`;
    })}
    ${rest.length > 0 && html`<li title=${rest.map(({ name }) => name).join(", ")}><span class="avatar is-more">+${rest.length}</span></li>`}
  </ul>`;
}
