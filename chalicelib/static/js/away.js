// The banner of a page that is cut off: what it shows is what it knew last, and what is done on it waits.
import { pending } from "./edits.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";
import { retry, retryAt, state } from "./live.js";
import { html } from "./vendor/preact.js";

export function Away() {
  if (state.value !== "offline") return null;
  const count = pending.value;
  return html`<div class="notice away">
    ${icon("wifi-off")}
    <p>${retryAt.value === 0 ? t("away.no_network") : t("away.no_server")} ${count > 0 ? t("away.edits", { count }) : t("away.readable")}</p>
    <button class="button" type="button" onClick=${retry}>${t("away.retry")}</button>
  </div>`;
}
