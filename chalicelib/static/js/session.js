// The end of a session: by itself while the page is open, or by hand while edits still wait.
import { signedOut } from "./api.js";
import { boot } from "./boot.js";
import { pending } from "./edits.js";
import { t } from "./i18n.js";
import { Modal } from "./modal.js";
import { html, signal } from "./vendor/preact.js";

/** The sign-out that waits for an answer. */
const leaving = signal(/** @type {HTMLFormElement | null} */ (null));

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || new URL(form.action).pathname !== `${boot.base}/logout`) return;
  if (pending.peek() === 0 || leaving.peek() === form) return;
  event.preventDefault();
  leaving.value = form;
});

/** What is on the screen stays, and the way back is one link. */
export function SignInAgain() {
  if (!signedOut.value) return null;
  const count = pending.value;
  return html`<${Modal} labelledby="session-title" role="alertdialog" extra="is-small">
    <h2 id="session-title">${t("session.ended_title")}</h2>
    <p class="muted">${t("session.ended")} ${count > 0 ? t("session.waiting", { count }) : t("session.nothing_lost")}</p>
    <div class="modal-foot"><a class="button is-primary" href=${`${boot.base}/login?next=/admin`}>${t("session.sign_in_again")}</a></div>
  <//>`;
}

export function SignOut() {
  const form = leaving.value;
  if (!form) return null;
  const stay = () => (leaving.value = null);
  return html`<${Modal} labelledby="leaving-title" role="alertdialog" extra="is-small" onClose=${stay}>
    <h2 id="leaving-title">${t("session.leave_title", { count: pending.value })}</h2>
    <p class="muted">${t("session.leave")}</p>
    <div class="modal-foot">
      <button class="button" type="button" onClick=${() => form.requestSubmit()}>${t("session.leave_anyway")}</button>
      <button class="button is-primary" type="button" onClick=${stay}>${t("session.stay")}</button>
    </div>
  <//>`;
}
