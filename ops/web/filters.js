// What the reader wants to see: one queue, one language, one status. The choice is kept for as long as the tab.
import { lists, queueTitle } from "./data.js";
import { $, options } from "./dom.js";
import { languageName, status } from "./status.js";
import { say } from "./words.js";

const kept = "kezek-filters";
export const filters = { queue: "", language: "", status: "", ...JSON.parse(sessionStorage.getItem(kept) ?? "{}") };

// Of an entity with a queue and a language; an agent has several of both.
export const passes = (queues, languages) =>
  (!filters.queue || queues.includes(filters.queue)) && (!filters.language || languages.includes(filters.language));
export const passesAgent = (a) => passes(a.queues, a.languages) && (!filters.status || (filters.status === "on" ? a.status !== "offline" : a.status === filters.status));

export function drawFilters() {
  const all = ["", say("all")];
  const languages = [...new Set(lists.queues.flatMap((q) => Object.keys(q.waiting)))];
  const statuses = [...new Set([...lists.agents.map((a) => a.status), ...(filters.status && filters.status !== "on" ? [filters.status] : [])])].sort();
  options($("#filter-queue"), [all, ...lists.queues.map((q) => [q.name, queueTitle(q.name)])], filters.queue);
  options($("#filter-language"), [all, ...languages.map((l) => [l, languageName(l)])], filters.language);
  options($("#filter-status"), [all, ["on", say("filter.on")], ...statuses.map((s) => [s, status(s)])], filters.status);
}

// followFilters calls changed whenever the reader has chosen.
export function followFilters(changed) {
  for (const name of Object.keys(filters)) {
    $(`#filter-${name}`).addEventListener("change", (event) => {
      filters[name] = event.target.value;
      sessionStorage.setItem(kept, JSON.stringify(filters));
      changed();
    });
  }
}
