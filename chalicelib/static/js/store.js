// What outlives the page, in IndexedDB: edits the server does not have yet, and the last known tasks. Each belongs
// to the person who was signed in; nobody else who signs in on this browser sends or sees it.
import { me } from "./boot.js";
import { tab } from "./edits.js";

/** @typedef {import("./edits.js").Entry} Entry */

/** @type {Promise<IDBDatabase>} */
const database = new Promise((resolve, reject) => {
  const opening = indexedDB.open("taskflow", 1);
  opening.onupgradeneeded = () => {
    opening.result.createObjectStore("edits", { keyPath: "key" });
    opening.result.createObjectStore("last", { keyPath: "user" });
  };
  opening.onsuccess = () => resolve(opening.result);
  opening.onerror = () => reject(opening.error);
});

/**
 * One transaction; resolves, with what the last request found, when it is on the disk.
 * @param {"edits" | "last"} name
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest | void} act
 * @returns {Promise<any>}
 */
export async function transact(name, mode, act) {
  const transaction = (await database).transaction(name, mode);
  const request = act(transaction.objectStore(name));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(request?.result);
    transaction.onabort = () => reject(transaction.error);
  });
}

/** @param {string} page */
const lock = (page) => `taskflow-page-${page}`;

// Held while this page lives: what it has written is its own to send. Others wait for the lock to inherit it.
const alive = new Promise((granted) => {
  void navigator.locks.request(lock(tab), () => {
    granted(null);
    return new Promise(() => {});
  });
});

/** Keys of what is on the disk. @type {Set<string>} */
const kept = new Set();

/**
 * Writes the entries, and takes out the one that is done.
 * @param {Entry[]} entries
 * @param {string} [doneKey]
 */
export async function write(entries, doneKey) {
  await alive;
  await transact("edits", "readwrite", (store) => {
    for (const entry of entries) store.put(entry);
    if (doneKey) store.delete(doneKey);
  });
  for (const { key } of entries) kept.add(key);
}

/** @param {string} key */
export const isKept = (key) => kept.has(key);

/** @returns {Promise<Entry[]>} of the person who is signed in, of other pages */
async function ofOthers() {
  /** @type {Entry[]} */
  const all = await transact("edits", "readonly", (store) => store.getAll());
  return all.filter((entry) => entry.user === me.id && entry.tab !== tab).sort((a, b) => a.at - b.at);
}

/** @type {Set<string>} */
const awaited = new Set();

/**
 * Takes over what closed pages have left, now or as soon as they are closed.
 * @param {(entry: Entry) => void} take
 */
export async function inherit(take) {
  for (const { tab: other } of await ofOthers()) {
    if (awaited.has(other)) continue;
    awaited.add(other);
    void navigator.locks.request(lock(other), async () => {
      const left = (await ofOthers()).filter((entry) => entry.tab === other);
      await write(left.map((entry) => ({ ...entry, tab })));
      left.forEach((entry) => take({ ...entry, tab }));
      awaited.delete(other);
    });
  }
}
