// The words of the page: one file for each language, all with the same keys. A reader's choice is kept in the browser.
import en from "./words/en.js";
import ky from "./words/ky.js";
import ru from "./words/ru.js";

const all = { ru, ky, en };
const kept = "kezek-language";

export const languages = Object.keys(all);
export const languageNames = { ru: "Русский", ky: "Кыргызча", en: "English" };

// The language of the page: the one chosen, otherwise the first of the browser's that there is.
export let language = [localStorage.getItem(kept), ...navigator.languages.map((tag) => tag.slice(0, 2))].find((l) => all[l]) ?? "ru";

// say is a text with {values} put in; a key that has no words stays as it is, since the config's own names come here too.
export function say(key, values = {}, otherwise = key) {
  const text = all[language][key] ?? otherwise;
  return String(text).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

// code is what a code of the rules means: the words of "set.code", otherwise the code.
export const code = (set, one) => (one ? say(`${set}.${one}`, {}, one) : "");

// title is a text that the API gives in several languages, in the reader's or in the first that there is.
export const title = (texts, otherwise = "") => texts?.[language] || texts?.ru || Object.values(texts ?? {}).find(Boolean) || otherwise;

// translate writes the words of all marked elements of a part of the page.
export function translate(root = document) {
  if (root === document) document.documentElement.lang = language;
  for (const e of root.querySelectorAll("[data-say]")) e.textContent = say(e.dataset.say);
  for (const e of root.querySelectorAll("[data-say-label]")) e.setAttribute("aria-label", say(e.dataset.sayLabel));
}

// setLanguage changes it and tells those who wrote something else than marked elements.
export function setLanguage(to) {
  language = to;
  localStorage.setItem(kept, to);
  translate();
  document.dispatchEvent(new CustomEvent("kezek:language"));
}
