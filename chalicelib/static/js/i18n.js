// The page's texts in its language. Modules that import this one wait for the catalogue, so nothing
// is drawn without words; the page preloads it.
const language = document.documentElement.lang || "en";

/** For Intl: the reader's own region of the page's language, if the browser names one. */
export const locale = navigator.languages.find((tag) => tag.split("-")[0] === language) ?? language;

/** @type {Record<string, string | { one: string, other: string }>} */
const catalogue = await (await fetch(new URL(`../locales/${language}.json`, import.meta.url))).json();

const numbers = new Intl.NumberFormat(locale);

/** "1,234". @param {number} value */
export const number = (value) => numbers.format(value);

/**
 * The text of a key; `count` decides between its plural forms.
 * @param {string} key
 * @param {Record<string, string | number>} [params]
 */
export function t(key, params = {}) {
  const entry = catalogue[key] ?? key;
  const text = typeof entry === "string" ? entry : entry[params.count === 1 ? "one" : "other"];
  return text.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = params[name] ?? whole;
    return typeof value === "number" ? number(value) : value;
  });
}
