// Whether this page hears of what others do, and what of its own the server does not have yet.
import { pending, stalled } from "./edits.js";
import { t } from "./i18n.js";
import { state } from "./live.js";
import { html } from "./vendor/preact.js";

const labels = { live: t("connection.live"), connecting: t("connection.connecting"), offline: t("connection.offline") };

/** What waits for the network; what is only on its way is not worth a word. */
const late = () => (stalled.value || state.value !== "live" ? pending.value : 0);

export function ConnectionPill() {
  const count = late();
  const waits = count > 0 && html`<span class="pill-more"> · ${t("connection.waiting", { count })}</span>`;
  return html`<span class="pill is-${count > 0 ? "offline" : state.value}"><span class="dot"></span>${labels[state.value]}${waits}</span>`;
}

/** The one in the top bar also tells a screen reader when it changes. */
export function Connection() {
  return html`<span role="status"><span class="visually-hidden">${t("connection.label")} </span><${ConnectionPill} /></span>`;
}
