// Somebody's session can end while the page is open: what is on the screen stays, and the way back is one link.
import { signedOut } from "./api.js";
import { boot } from "./boot.js";
import { Modal } from "./modal.js";
import { html } from "./vendor/preact.js";

export function SignInAgain() {
  if (!signedOut.value) return null;
  return html`<${Modal} labelledby="session-title" role="alertdialog" extra="is-small" onClose=${() => {}}>
    <h2 id="session-title">You are signed out</h2>
    <p class="muted">Your session has ended. Sign in again to go on; nothing that was saved is lost.</p>
    <div class="modal-foot"><a class="button is-primary" href=${`${boot.base}/login?next=/admin`}>Sign in again</a></div>
  <//>`;
}
