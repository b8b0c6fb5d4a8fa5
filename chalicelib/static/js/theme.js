// The theme button: follows the system, or light, or dark, remembered in a cookie that the server
// renders into <html data-theme>, so that the next page is right before any script runs.

/** @typedef {"system" | "light" | "dark"} Theme */

/** @type {Theme[]} */
const order = ["system", "light", "dark"];
const icons = { system: "monitor", light: "sun", dark: "moon" };
const year = 365 * 24 * 3600;

/** @returns {Theme} */
export function currentTheme() {
  const chosen = document.documentElement.dataset.theme;
  return chosen === "light" || chosen === "dark" ? chosen : "system";
}

/** @param {Theme} theme */
function choose(theme) {
  const root = document.documentElement;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  if (theme === "system") delete root.dataset.theme;
  else root.dataset.theme = theme;
  const age = theme === "system" ? 0 : year;
  document.cookie = `theme=${theme}; Path=/; Max-Age=${age}; SameSite=Lax${secure}`;
  document.querySelector("meta[name=color-scheme]")?.setAttribute("content", theme === "system" ? "light dark" : theme);
  paintBar(theme);
}

/**
 * The colour of a phone's status bar: the page's two metas follow the system, so a choice by hand fixes both.
 * @param {Theme} theme
 */
function paintBar(theme) {
  const system = { light: "#ffffff", dark: "#161922" };
  for (const meta of document.querySelectorAll("meta[name=theme-color]")) {
    const own = meta.getAttribute("media")?.includes("dark") ? "dark" : "light";
    meta.setAttribute("content", system[theme === "system" ? own : theme]);
  }
}

/** @param {HTMLButtonElement} button */
function describe(button) {
  const theme = currentTheme();
  // The template has the words, so that the way in needs no catalogue.
  button.title = button.dataset[theme] ?? "";
  button.setAttribute("aria-label", button.title);
  const use = button.querySelector("use");
  use?.setAttribute("href", `${use.getAttribute("href")?.split("#")[0]}#${icons[theme]}`);
  button.hidden = false;
}

for (const button of document.querySelectorAll("[data-theme-toggle]")) {
  if (!(button instanceof HTMLButtonElement)) continue;
  describe(button);
  button.addEventListener("click", () => {
    choose(order[(order.indexOf(currentTheme()) + 1) % order.length] ?? "system");
    describe(button);
  });
}
