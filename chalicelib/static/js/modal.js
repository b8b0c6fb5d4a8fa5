// A modal <dialog>: Escape and the backdrop close it, and the focus goes back to where it came from. One that
// nothing closes stays over all others, also over those that open after it.
import { html, useLayoutEffect, useRef } from "./vendor/preact.js";

/**
 * @param {{ labelledby: string, extra?: string, role?: string, onClose?: () => void, children?: unknown }} props
 */
export function Modal({ labelledby, extra = "", role, onClose, children }) {
  const ref = useRef(/** @type {HTMLDialogElement | null} */ (null));

  useLayoutEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    const firm = /** @type {HTMLDialogElement | null} */ (document.querySelector("dialog[closedby=none]"));
    if (firm && firm !== dialog) {
      firm.close();
      firm.showModal();
    }
    // Closing before it leaves the document is what gives the focus back.
    return () => dialog?.close();
  }, []);

  /** @param {Event} event */
  const cancel = (event) => {
    event.preventDefault();
    onClose?.();
  };
  /** @param {MouseEvent} event */
  const press = (event) => {
    if (event.target === ref.current) onClose?.();
  };
  return html`<dialog class="modal ${extra}" ref=${ref} role=${role} closedby=${onClose ? null : "none"} aria-labelledby=${labelledby} onCancel=${cancel} onMouseDown=${press}>
    <div class="modal-body">${children}</div>
  </dialog>`;
}
