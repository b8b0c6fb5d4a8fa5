// Talks to the API: JSON out, JSON or a problem (RFC 9457) back. The session is the cookie's business.
import { boot } from "./boot.js";
import { t } from "./i18n.js";
import { signal } from "./vendor/preact.js";

const patience = 20_000;
/** Browsers refuse kept requests above 64 KB, counted in bytes. */
const largestKept = 16_000;

/** True once the server has said that nobody is signed in here any more. */
export const signedOut = signal(false);

/** A refusal, with what the server said about it. */
export class Problem extends Error {
  /**
   * @param {number} status
   * @param {{detail?: string, errors?: {field: string, message: string}[], current?: Task}} body
   * @param {number} [retryAfter] seconds
   */
  constructor(status, body, retryAfter = 0) {
    super(body.detail || t("net.failed", { status }));
    this.status = status;
    this.current = body.current ?? null;
    this.retryAfter = retryAfter;
    /** Whoever shows it beside a field says so: then no message says it again. */
    this.told = false;
    /** @type {Record<string, string>} */
    this.fields = {};
    for (const { field, message } of body.errors ?? []) this.fields[field] ??= message;
  }
}

/** No answer at all: no network, a server that is away, or one that took too long. */
export class Unreachable extends Error {
  constructor() {
    super(t("net.unreachable"));
  }
}

/**
 * @param {string} method
 * @param {string} path
 * @param {{body?: object, version?: number, key?: string}} [options] version: sent as If-Match; key: as Idempotency-Key
 * @returns {Promise<any>} the parsed body; null for 204
 */
export async function request(method, path, { body, version, key } = {}) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["Content-Type"] = "application/json";
  if (version !== undefined) headers["If-Match"] = `"${version}"`;
  if (key) headers["Idempotency-Key"] = key;
  const text = body && JSON.stringify(body);
  const response = await fetch(boot.base + path, {
    method,
    headers,
    body: text,
    cache: "no-store",
    // What was painted must arrive, also when the page is left right after.
    keepalive: method !== "GET" && (text?.length ?? 0) < largestKept,
    signal: AbortSignal.timeout(patience),
  }).catch(() => {
    throw new Unreachable();
  });
  if (response.status === 204) return null;
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  if (response.status === 401) signedOut.value = true;
  throw new Problem(response.status, answer, Number(response.headers.get("Retry-After")) || 0);
}
