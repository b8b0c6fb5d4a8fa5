// Tells a screen reader what others changed, politely, and in one sentence when it is much at once.
import { t } from "./i18n.js";

const pause = 700;
const most = 3;
const gone = 15_000;

/** @type {string[]} */
let waiting = [];
let timer = 0;

/** @param {string} sentence */
export function announce(sentence) {
  waiting.push(sentence);
  timer ||= setTimeout(speak, pause);
}

function speak() {
  const sentences = waiting.length > most ? [t("announce.many", { count: waiting.length })] : waiting;
  waiting = [];
  timer = 0;
  const region = document.getElementById("announcer");
  for (const sentence of sentences) {
    const line = document.createElement("p");
    line.textContent = sentence;
    region?.append(line);
    setTimeout(() => line.remove(), gone);
  }
}
