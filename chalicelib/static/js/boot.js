// What the server put into the page, so that the first paint waits for no request.

/** @type {Boot} */
export const boot = JSON.parse(document.getElementById("boot")?.textContent ?? "null");

export const me = boot.user;

/** A viewer reads and changes nothing: the server refuses it, so the page does not offer it. */
export const mayEdit = boot.team.role !== "viewer";
