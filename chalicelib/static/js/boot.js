// What the server put into the page, so that the first paint waits for no request.

/** @type {Boot} */
export const boot = JSON.parse(document.getElementById("boot")?.textContent ?? "null");

export const me = boot.user;
