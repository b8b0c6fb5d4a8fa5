// The service worker: the app opens without a network, from what this browser saw last. It answers for static files
// and for the dashboard's page, never for the API. The server writes `app` above this line.
/** @type {{ base: string, version: string, files: string[] }} */
const { base, version, files } = app;

const prefix = `taskflow${base}:`;
/** Everything of one version: its files and the page that loads them. */
const own = prefix + version;
const shell = `${base}/admin`;
const patience = 3000;
const atOnce = 4;

addEventListener("install", (event) => event.waitUntil(install()));
addEventListener("activate", (event) => event.waitUntil(activate()));
addEventListener("message", (event) => {
  if (event.data === "activate") void skipWaiting();
  else event.ports[0]?.postMessage(version);
});
addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (origin !== location.origin || !pathname.startsWith(`${base}/`)) return;
  const path = pathname.slice(base.length);
  if (event.request.method !== "GET") {
    // Whoever comes or goes: the page of the one before is not theirs.
    if (/^\/(login|logout|register|api\/auth\/\w+)$/.test(path)) event.waitUntil(forget(path.endsWith("/logout")));
  } else if (path.startsWith("/static/")) {
    event.respondWith(file(event.request));
  } else if (event.request.mode === "navigate" && /^\/admin(\/(?!settings)\w+)?$/.test(path)) {
    event.respondWith(page(event));
  }
});

/** A few at a time: the page that is open has requests of its own. */
async function install() {
  const cache = await caches.open(own);
  const waiting = files.map((name) => `${base}/static/${version}/${name}`);
  const fetchSome = async () => {
    for (let next = waiting.pop(); next; next = waiting.pop()) await cache.add(next);
  };
  await Promise.all(Array.from({ length: atOnce }, fetchSome));
  await fetch(shell, { headers: { Accept: "text/html" } }).then(keep).catch(() => {});
}

async function activate() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(prefix) && name !== own).map((name) => caches.delete(name)));
  await clients.claim();
}

/** @param {Request} request of a file whose address changes with its content */
async function file(request) {
  const kept = await caches.match(request);
  if (kept) return kept;
  const response = await fetch(request);
  if (response.headers.get("Cache-Control")?.includes("immutable")) {
    const copy = response.clone();
    await (await caches.open(own)).put(request, copy);
  }
  return response;
}

/**
 * The server's, unless it takes long or is away.
 * @param {FetchEvent} event
 */
async function page(event) {
  const kept = await (await caches.open(own)).match(shell);
  const fresh = fetch(event.request).then(async (response) => {
    await keep(response.clone());
    return response;
  });
  event.waitUntil(fresh.catch(() => {}));
  if (!kept) return fresh;
  const late = new Promise((resolve) => setTimeout(resolve, patience));
  const answer = await Promise.race([fresh, late]).catch(() => null);
  return answer && answer.status < 500 ? answer : old(kept);
}

/** Tells the page, by its navigation timing, that it is not fresh. @param {Response} kept */
function old(kept) {
  const headers = new Headers(kept.headers);
  headers.set("Server-Timing", "kept");
  return new Response(kept.body, { status: 200, headers });
}

/**
 * Keeps the page of somebody who is signed in. The sign-in form in its place ends what was kept.
 * @param {Response} response
 */
async function keep(response) {
  if (response.status !== 200) return;
  const cache = await caches.open(own);
  const made = response.headers.get("TaskFlow-Shell");
  if (made === version) await cache.put(shell, response);
  else if (!made) await cache.delete(shell);
}

/** @param {boolean} all also the tasks in the database; edits that wait stay for the person who made them */
async function forget(all) {
  await (await caches.open(own)).delete(shell);
  if (!all) return;
  const opening = indexedDB.open("taskflow");
  // Where nothing was written there is nothing to forget.
  opening.onupgradeneeded = () => opening.transaction?.abort();
  opening.onsuccess = () => {
    const transaction = opening.result.transaction("last", "readwrite");
    transaction.objectStore("last").clear();
    transaction.oncomplete = () => opening.result.close();
  };
}
