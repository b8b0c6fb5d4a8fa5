// Two people changed the same field at once: shows both values and asks, so that nothing vanishes silently.
import { conflict } from "./edits.js";
import { t } from "./i18n.js";
import { Modal } from "./modal.js";
import { html } from "./vendor/preact.js";
import { fields, valueLabel } from "./words.js";

export function ConflictDialog() {
  const current = conflict.value;
  if (!current) return null;
  const { task, differences, decide } = current;
  return html`<${Modal} labelledby="conflict-title" role="alertdialog" onClose=${() => decide("theirs")}>
    <h2 id="conflict-title">${t("conflict.title")}</h2>
    <p class="muted">${t("conflict.question", { title: task.title })}</p>
    <table class="conflict">
      <thead><tr><td></td><th scope="col">${t("conflict.yours")}</th><th scope="col">${t("conflict.theirs")}</th></tr></thead>
      <tbody>
        ${differences.map(
          ({ field, mine, theirs }) => html`<tr key=${field}>
            <th scope="row">${fields[field]}</th>
            <td>${valueLabel(field, mine)}</td>
            <td>${valueLabel(field, theirs)}</td>
          </tr>`,
        )}
      </tbody>
    </table>
    <div class="modal-foot">
      <button class="button" type="button" onClick=${() => decide("theirs")}>${t("conflict.take_theirs")}</button>
      <button class="button is-primary" type="button" onClick=${() => decide("mine")}>${t("conflict.keep_mine")}</button>
    </div>
  <//>`;
}
