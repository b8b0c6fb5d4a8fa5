// What lies over the page. Nothing of it is seen at first, so it is fetched after the first paint.
import { ConflictDialog } from "./conflictdialog.js";
import "./menus.js";
import "./outbox.js";
import { PopoverHost } from "./popover.js";
import { SignInAgain } from "./session.js";
import { TaskDialog } from "./taskdialog.js";
import { Toasts } from "./toasts.js";
import { html } from "./vendor/preact.js";

export function Overlays() {
  return html`<${PopoverHost} /><${TaskDialog} /><${ConflictDialog} /><${SignInAgain} /><${Toasts} />`;
}
