// Who else is here, and the faces of those who have a task open.
import { t } from "./i18n.js";
import { Avatar } from "./people.js";
import { computed, html, signal, useComputed } from "./vendor/preact.js";

/** @typedef {PresenceFrame["people"][number]} Present */

/** Everybody else who is here, with what they have open; nobody while that is not known. */
export const presence = signal(/** @type {Present[]} */ ([]));

const byTask = computed(() => {
  /** @type {Map<string, Present[]>} */
  const found = new Map();
  for (const person of presence.value) for (const id of person.tasks) found.set(id, [...(found.get(id) ?? []), person]);
  return found;
});

/** @param {{ id: string }} props of a task */
export function Lookers({ id }) {
  // Drawn again only where somebody comes or goes.
  const names = useComputed(() => (byTask.value.get(id) ?? []).map(({ name }) => name).join(", ")).value;
  if (!names) return null;
  const here = t("presence.looking", { names });
  return html`<span class="lookers" title=${here}>${byTask.peek().get(id)?.map((who) => html`<${Avatar} key=${who.id} who=${who} />`)}<span class="visually-hidden">${here}</span></span>`;
}
