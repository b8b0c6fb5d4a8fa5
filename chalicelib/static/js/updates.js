// Who just did what, newest first, and whether this page still hears of it.
import { ConnectionPill } from "./connection.js";
import { changes } from "./feed.js";
import { t } from "./i18n.js";
import { icon } from "./icons.js";
import { Avatar } from "./people.js";
import { taskAddress } from "./opened.js";
import { ago, fullMoment } from "./time.js";
import { html } from "./vendor/preact.js";
import { sentence } from "./words.js";

export function Updates() {
  const list = changes.value;
  return html`
    <header class="panel-head"><h2 id="updates-title">${t("updates.title")}</h2><${ConnectionPill} /></header>
    ${list.length === 0 ? html`<${Quiet} />` : html`<ol class="updates">${list.map((change) => html`<${Update} key=${change.id} change=${change} />`)}</ol>`}
  `;
}

function Quiet() {
  return html`<div class="empty is-small">
    ${icon("radio")}
    <h3>${t("updates.quiet")}</h3>
    <p class="muted">${t("updates.quiet_hint")}</p>
  </div>`;
}

/** @param {{ change: Change }} props */
function Update({ change }) {
  const { who, before, title, after } = sentence(change);
  const name = change.action === "deleted" ? html`<span>${title}</span>` : html`<a href=${taskAddress(change.task.id)}>${title}</a>`;
  return html`<li class="update">
    <${Avatar} who=${change.actor} />
    <div>
      <p><strong>${who}</strong> ${before} ${name}${after && ` ${after}`}</p>
      <time class="muted" datetime=${change.at} title=${fullMoment(change.at)}>${ago(change.at)}</time>
    </div>
  </li>`;
}
