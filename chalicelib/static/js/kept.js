// What this tab keeps for one person across a reload: drafts, and what was open last.
import { me } from "./boot.js";
import { effect, signal } from "./vendor/preact.js";

/**
 * @template Value
 * @param {string} name
 * @param {Value} initial
 */
export function kept(name, initial) {
  const place = `${name}:${me.id}`;
  const value = signal(initial);
  // Without storage it lasts as long as the page.
  try {
    value.value = JSON.parse(sessionStorage.getItem(place) ?? "null") ?? initial;
    effect(() => sessionStorage.setItem(place, JSON.stringify(value.value)));
  } catch {
    return value;
  }
  return value;
}
