// Brings the dashboard to life: fills the places the server has drawn, then opens the socket.
import { signedOut } from "./api.js";
import { boot, mayEdit } from "./boot.js";
import { Cards } from "./cards.js";
import { ConflictDialog } from "./conflictdialog.js";
import { listen } from "./keys.js";
import { connect, stop } from "./live.js";
import { People } from "./people.js";
import { PopoverHost } from "./popover.js";
import { Recent } from "./recent.js";
import { SignInAgain } from "./session.js";
import { TaskDialog, followAddress, newTask } from "./taskdialog.js";
import { merge } from "./tasks.js";
import "./theme.js";
import { Toasts } from "./toasts.js";
import { Connection, Updates } from "./updates.js";
import { effect, html, render } from "./vendor/preact.js";

/** @type {Record<string, () => unknown>} */
const places = {
  cards: Cards,
  connection: Connection,
  people: People,
  recent: Recent,
  updates: Updates,
  overlays: Overlays,
};

function Overlays() {
  return html`<${PopoverHost} /><${TaskDialog} /><${ConflictDialog} /><${SignInAgain} /><${Toasts} />`;
}

boot.stats.recent_tasks.forEach(merge);
for (const [id, component] of Object.entries(places)) {
  const place = document.getElementById(id);
  if (!place) continue;
  // Preact would leave what it cannot reuse of the server's drawing; nothing is painted in between.
  place.replaceChildren();
  render(html`<${component} />`, place);
}

if (mayEdit) {
  document.querySelector("[data-new-task]")?.addEventListener("click", newTask);
  listen({ n: newTask, c: newTask });
}
addEventListener("hashchange", followAddress);
void followAddress();

effect(() => {
  if (signedOut.value) stop();
});
connect();
