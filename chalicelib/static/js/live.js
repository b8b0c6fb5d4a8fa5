// The socket: one ticket per opening, then hello with the place up to which this page knows the
// team's changes. Whatever breaks it, it comes back and asks for what it missed.
import { boot } from "./boot.js";
import { Problem, request, signedOut } from "./api.js";
import { receive } from "./feed.js";
import { batch, signal } from "./vendor/preact.js";

const second = 1000;
const minute = 60 * second;
/** The gateway drops a silent socket after 10 minutes, and every socket after 2 hours. */
const pingEvery = 4 * minute;
const renewAfter = 108 * minute;
const patience = 10 * second;
const shortest = 0.5 * second;
const longest = 30 * second;

/** @typedef {"connecting" | "live" | "offline"} State */

/** @type {import("./vendor/preact.js").Signal<State>} */
export const state = signal(/** @type {State} */ ("connecting"));

/** When the next attempt is due, while there is no connection. */
export const retryAt = signal(0);

let cursor = boot.cursor;
let failures = 0;
/** Counts openings, so that what an abandoned one still has to say is not heard. */
let opening = 0;
/** @type {WebSocket | null} */
let socket = null;
/** Changes between the cursor and the present are still being read: pushes must not move the cursor past them. */
let behind = true;
/** @type {Set<number>} */
const timers = new Set();
let lastHeard = 0;
/** @type {Set<(frame: PresenceFrame) => void>} */
const watchers = new Set();

/**
 * Who has what open, each time that changes.
 * @param {(frame: PresenceFrame) => void} handler
 * @returns {() => void} stops it
 */
export function onPresence(handler) {
  watchers.add(handler);
  return () => watchers.delete(handler);
}

export function start() {
  stop();
  void open(++opening);
}

/** Leaves without trying again: the page is going away, or nobody is signed in. */
export function stop() {
  opening += 1;
  for (const timer of timers) clearTimeout(timer);
  timers.clear();
  if (socket) hangUp(socket);
  socket = null;
}

/** Closing a socket that is not open yet makes browsers complain on the console. @param {WebSocket} old */
function hangUp(old) {
  if (old.readyState === WebSocket.CONNECTING) old.onopen = () => old.close();
  else old.close();
}

/** @param {number} own */
async function open(own) {
  if (state.peek() === "offline" && !navigator.onLine) return;
  behind = true;
  try {
    const { url, ticket } = await request("POST", "/api/live/ticket", { body: {} });
    if (own !== opening) return;
    const address = new URL(url);
    address.searchParams.set("ticket", ticket);
    listen(new WebSocket(address), own);
  } catch (error) {
    if (own !== opening) return;
    if (error instanceof Problem && error.status === 401) return stop();
    fail();
  }
}

/**
 * @param {WebSocket} opened
 * @param {number} own
 */
function listen(opened, own) {
  socket = opened;
  const deadline = later(fail, patience);
  opened.onopen = () => send({ type: "hello", ...(cursor ? { since: cursor } : {}) });
  opened.onclose = () => own === opening && fail();
  opened.onmessage = async ({ data }) => {
    if (own !== opening) return;
    lastHeard = Date.now();
    const frame = parse(data);
    /** @type {Change[] | undefined} */
    const updates = frame?.type === "task_update" ? [frame] : frame?.updates;
    if (updates) {
      batch(() => updates.forEach(receive));
      if (!behind) cursor = updates.at(-1)?.id ?? cursor;
    }
    if (frame?.type === "presence") for (const handler of watchers) handler(frame);
    if (frame?.type !== "connected") return;
    clearTimeout(deadline);
    cursor = frame.cursor || cursor;
    try {
      if (frame.has_more) await catchUp(own);
      if (own === opening) settled();
    } catch {
      if (own === opening) fail();
    }
  };
}

/** Reads on, page by page, where the hello's answer stopped. @param {number} own */
async function catchUp(own) {
  for (let more = true; more && own === opening; ) {
    const page = await request("GET", `/api/changes?since=${encodeURIComponent(cursor)}&limit=100`);
    if (own !== opening) return;
    page.changes.forEach(receive);
    cursor = page.cursor || cursor;
    more = page.has_more;
  }
}

function settled() {
  behind = false;
  failures = 0;
  retryAt.value = 0;
  state.value = "live";
  keepAlive();
  // A little apart from each other, so that pages opened together do not reconnect together.
  later(start, renewAfter + Math.random() * 6 * minute);
}

function keepAlive() {
  later(() => {
    ping();
    keepAlive();
  }, pingEvery);
}

/** Asks whether the other side still hears us; a socket can be dead for minutes without saying so. */
function ping() {
  const asked = Date.now();
  send({ type: "ping" });
  later(() => lastHeard < asked && fail(), patience);
}

/** Full jitter: https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/ */
function fail() {
  stop();
  const ceiling = Math.min(longest, shortest * 2 ** failures);
  const wait = Math.random() * ceiling;
  // A first loss is mended within half a second: only what lasts is worth the word "offline".
  state.value = failures === 0 && navigator.onLine ? "connecting" : "offline";
  failures += 1;
  retryAt.value = Date.now() + wait;
  const own = opening;
  later(() => own === opening && void open(own), wait);
}

/** Says something to the server, if it can be heard: `state` is "live" once that is so. @param {object} frame */
export function send(frame) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
}

/** @param {unknown} data @returns {any} */
function parse(data) {
  try {
    return JSON.parse(String(data));
  } catch {
    return null;
  }
}

/**
 * @param {() => void} action
 * @param {number} wait
 */
function later(action, wait) {
  const timer = setTimeout(() => {
    timers.delete(timer);
    action();
  }, wait);
  timers.add(timer);
  return timer;
}

export function retry() {
  failures = 0;
  start();
}

/** Starts the connection and follows the page's and the network's coming and going. */
export function connect() {
  addEventListener("online", retry);
  addEventListener("offline", rest);
  addEventListener("pagehide", stop);
  addEventListener("pageshow", (event) => event.persisted && retry());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "visible" || signedOut.peek()) return;
    if (state.peek() === "live") ping();
    else if (navigator.onLine) retry();
  });
  if (navigator.onLine) start();
  else rest();
}

/** There is no network: it says itself when it is back. */
function rest() {
  stop();
  state.value = "offline";
  retryAt.value = 0;
}
