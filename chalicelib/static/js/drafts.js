// Titles and descriptions that are typed but not saved: neither closing the task nor what others do loses them.
import { change } from "./edits.js";
import { t } from "./i18n.js";
import { kept } from "./kept.js";
import { keyOf } from "./tasks.js";
import { undoable } from "./undo.js";

/** @typedef {{ text: string, seen: string }} Draft seen: the field as it was when the typing began */

const drafts = kept("drafts", /** @type {Record<string, Draft | undefined>} */ ({}));

/**
 * @param {string} key
 * @param {Draft | undefined} draft
 */
function put(key, draft) {
  drafts.value = { ...drafts.peek(), [key]: draft };
}

/**
 * @param {Task} task
 * @param {"title" | "description"} field
 */
export function draftOf(task, field) {
  const key = `${keyOf(task.id)} ${field}`;
  const saved = task[field] ?? "";
  const draft = drafts.value[key];
  return {
    text: draft?.text ?? saved,
    isDirty: draft !== undefined,
    /** Somebody else has changed the field since. */
    isStale: draft !== undefined && draft.seen !== saved,
    /** @param {string} text */
    type: (text) => put(key, text === saved && !(draft && draft.seen !== saved) ? undefined : { text, seen: draft?.seen ?? saved }),
    drop: () => {
      if (!draft) return;
      put(key, undefined);
      undoable(t("task.dropped"), () => put(key, draft));
    },
    /** @param {string} text */
    save: (text) => {
      put(key, undefined);
      change(task.id, { [field]: text }, { [field]: draft?.seen ?? saved }).catch(() => {
        if (draft && !drafts.peek()[key]) put(key, draft);
      });
    },
  };
}
