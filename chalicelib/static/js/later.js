// What the dashboard does not need for its first paint: it is fetched once that has happened.
import { signedOut } from "./api.js";
import { mayEdit } from "./boot.js";
import { BurnUp } from "./burnup.js";
import { Cards } from "./cards.js";
import { Connection } from "./connection.js";
import { attachFilters, FilterChips } from "./filterbar.js";
import { followPresence, People } from "./here.js";
import { number, t } from "./i18n.js";
import { connect, stop } from "./live.js";
import { mine, mineOpen, own } from "./load.js";
import { newTask } from "./opened.js";
import { Overlays } from "./overlays.js";
import { fill } from "./shell.js";
import { Updates } from "./updates.js";
import { effect, html } from "./vendor/preact.js";

const retryAfter = 2000;

/** How much waits for the person at the screen, once it is known. */
async function countMine() {
  await mine().catch(() => setTimeout(countMine, retryAfter));
  fill("mine-count", MineCount);
}

const MineCount = () =>
  mineOpen.value > 0 &&
  html`<span class="nav-count">${number(mineOpen.value)}${own.rest.value && "+"}<span class="visually-hidden"> ${t("view.mine_open")}</span></span>`;

fill("overlays", Overlays);
fill("burnup", BurnUp);
fill("cards", Cards);
fill("connection", Connection);
fill("people", People);
fill("updates", Updates);
if (!document.querySelector("#filter-chips > *")) fill("filter-chips", FilterChips);
attachFilters();
if (mayEdit) document.querySelector("[data-new-task]")?.addEventListener("click", () => newTask());

effect(() => {
  if (signedOut.value) stop();
});
followPresence();
connect();
void countMine();
