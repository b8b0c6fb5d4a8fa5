// Away: the service worker, the last known tasks for a page that opens without a network, and the offer of a new version.
import { Away } from "./away.js";
import { boot, me } from "./boot.js";
import { t } from "./i18n.js";
import { state } from "./live.js";
import { refreshSoon } from "./stats.js";
import { transact } from "./store.js";
import { recall, revision, snapshot } from "./tasks.js";
import { propose } from "./toasts.js";
import { effect, html, render } from "./vendor/preact.js";

const calm = 2000;
const hour = 3_600_000;
/** The version of this very page. */
const version = new URL(import.meta.url).pathname.split("/").at(-3);
const address = `${boot.base}/sw.js`;

// Registering a worker is a script sink: this is the one script that the one policy lets through.
const policy = globalThis.trustedTypes?.createPolicy("taskflow", {
  createScriptURL: (url) => {
    if (url !== address) throw new TypeError(`No script of ours: ${url}`);
    return url;
  },
});

/** Whether the service worker has drawn this page from what it kept. */
function isKept() {
  const [entry] = performance.getEntriesByType("navigation");
  return entry instanceof PerformanceNavigationTiming && entry.serverTiming.some(({ name }) => name === "kept");
}

/** What was known when the page was last open, under what this page begins with. */
async function remember() {
  const known = await transact("last", "readonly", (store) => store.get(me.id));
  if (known && isKept()) recall(known);
  // Nobody sees what somebody else saw here.
  await transact("last", "readwrite", (store) => void store.delete(IDBKeyRange.upperBound(me.id, true)));
  await transact("last", "readwrite", (store) => void store.delete(IDBKeyRange.lowerBound(me.id, true)));
  let timer = 0;
  effect(() => {
    void revision.value;
    timer ||= setTimeout(() => {
      timer = 0;
      transact("last", "readwrite", (store) => store.put({ user: me.id, ...snapshot() })).catch(() => {});
    }, calm);
  });
}

async function register() {
  const url = policy ? policy.createScriptURL(address) : address;
  const registration = await navigator.serviceWorker.register(/** @type {string} */ (url), { scope: `${boot.base}/`, updateViaCache: "none" });
  if (registration.waiting) void offerReload(registration.waiting);
  registration.addEventListener("updatefound", () => {
    const worker = registration.installing;
    worker?.addEventListener("statechange", () => worker.state === "installed" && navigator.serviceWorker.controller && void offerReload(worker));
  });
  const update = () => void registration.update().catch(() => {});
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && update());
  setInterval(update, hour);
}

/**
 * A new version waits until somebody wants it; where the page is of that version already, it need not.
 * @param {ServiceWorker} worker
 */
async function offerReload(worker) {
  const { port1, port2 } = new MessageChannel();
  const theirs = await new Promise((answer) => {
    port1.onmessage = ({ data }) => answer(data);
    worker.postMessage("version", [port2]);
  });
  if (theirs === version) return worker.postMessage("activate");
  propose(t("app.new_version"), t("app.reload"), () => {
    navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
    worker.postMessage("activate");
  });
}

const place = document.createElement("div");
place.setAttribute("role", "status");
document.getElementById("main")?.prepend(place);
render(html`<${Away} />`, place);

remember().catch(() => {});
if ("serviceWorker" in navigator) register().catch(() => {});
if (isKept()) {
  const stop = effect(() => {
    if (state.value !== "live") return;
    refreshSoon();
    queueMicrotask(() => stop());
  });
}
