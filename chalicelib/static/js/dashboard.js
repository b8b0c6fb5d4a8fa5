// Brings the dashboard to life: fills the places the server has drawn, then opens the socket.
import { signedOut } from "./api.js";
import { mayEdit } from "./boot.js";
import { Cards } from "./cards.js";
import { Connection } from "./connection.js";
import { attachFilters, FilterChips } from "./filterbar.js";
import { number, t } from "./i18n.js";
import { listen } from "./keys.js";
import { connect, stop } from "./live.js";
import { mine, mineOpen } from "./load.js";
import { followAddress, newTask } from "./opened.js";
import { People } from "./people.js";
import { CurrentView, followViews } from "./shell.js";
import "./theme.js";
import { Updates } from "./updates.js";
import { effect, html, render } from "./vendor/preact.js";

const retryAfter = 2000;

/**
 * @param {string} id
 * @param {() => unknown} component
 */
function fill(id, component) {
  const place = document.getElementById(id);
  if (!place) return;
  // Preact would leave what it cannot reuse of the server's drawing; nothing is painted in between.
  place.replaceChildren();
  render(html`<${component} />`, place);
}

async function fillOverlays() {
  try {
    const { Overlays } = await import("./overlays.js");
    fill("overlays", Overlays);
  } catch {
    setTimeout(fillOverlays, retryAfter);
  }
}

/** How much waits for the person at the screen, once it is known. */
async function countMine() {
  await mine().catch(() => setTimeout(countMine, retryAfter));
  const Count = () => html`${mineOpen.value > 0 && html`<span class="nav-count">${number(mineOpen.value)}<span class="visually-hidden"> ${t("view.mine_open")}</span></span>`}`;
  fill("mine-count", Count);
}

await followViews();
fill("cards", Cards);
fill("connection", Connection);
fill("people", People);
fill("filter-chips", FilterChips);
fill("view", CurrentView);
fill("updates", Updates);
attachFilters();

if (mayEdit) {
  document.querySelector("[data-new-task]")?.addEventListener("click", () => newTask());
  listen({ n: newTask, c: newTask });
}
addEventListener("hashchange", followAddress);
void followAddress();

effect(() => {
  if (signedOut.value) stop();
});
connect();
// After the frame that shows the above.
requestAnimationFrame(() =>
  setTimeout(() => {
    void fillOverlays();
    void countMine();
  }),
);
