// What lies over the page. Nothing of it is seen at first, so it is fetched after the first paint.
import { BulkBar } from "./bulk.js";
import { ConflictDialog } from "./conflictdialog.js";
import { Drawer } from "./drawer.js";
import "./menus.js";
import "./offline.js";
import "./outbox.js";
import { Palette } from "./palette.js";
import { PopoverHost } from "./popover.js";
import { QuickAdd } from "./quickadd.js";
import { SignInAgain, SignOut } from "./session.js";
import { Sheet } from "./shortcuts.js";
import { Toasts } from "./toasts.js";
import { html } from "./vendor/preact.js";

export function Overlays() {
  return html`<${BulkBar} /><${PopoverHost} /><${Drawer} /><${QuickAdd} /><${Palette} /><${Sheet} /><${ConflictDialog} /><${SignInAgain} /><${SignOut} /><${Toasts} />`;
}
