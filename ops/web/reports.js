// Reports of the history as tables, and as files.
import { file, get, save } from "./api.js";
import { person, queueTitle } from "./data.js";
import { refusal } from "./dialog.js";
import { el } from "./dom.js";
import { languageName, status } from "./status.js";
import { playAll, tellCall } from "./story.js";
import { clock, moment } from "./time.js";
import { code, language, say, title } from "./words.js";

const mostRows = 20000;

// all reads a report whole, page by page, up to a bound.
export async function all(id, question) {
  const answer = await get(`history/${id}`, question);
  let page = answer;
  while (page.next && answer.items.length < mostRows) {
    page = await get(`history/${id}`, { ...question, after: page.next });
    answer.items.push(...page.items);
  }
  answer.next = page.next;
  return answer;
}

// Codes of columns, by the set of words that they belong to, in the reports that have them.
const sets = { class: "class", status: "status", kind: "violation", mode: "mode" };

// cell is a value in words.
function cell(column, row, report) {
  const value = row[column.id];
  if (value === null || value === undefined || value === "") return "";
  switch (column.unit) {
    case "time": return moment(value);
    case "duration": return clock(value);
    case "hours": return clock(60 * Math.round(value / 60)).replace(/:\d\d$/, "");
    case "percent": return `${Math.round(10 * value) / 10} %`;
    case "number": return String(Math.round(100 * value) / 100);
  }
  switch (column.id) {
    case "agent": return person(value);
    case "queue": return queueTitle(value);
    case "language": return languageName(value);
    case "status": return status(value);
    case "outcome": return code(report === "callbacks" ? "ended" : report === "holds" ? "held" : "outcome", value);
  }
  return sets[column.id] ? code(sets[column.id], value) : String(value);
}

// table shows an answer. Calls can be told, recordings played, whether their columns are shown or not.
export function table(answer) {
  const columns = answer.columns;
  const head = (c) => title(c.title, c.id);
  const calls = answer.items.some((row) => row.call), recordings = answer.items.some((row) => row.recordings || (row.name && answer.report === "recordings"));
  const line = (row, acts) => el("tr", { role: "row" }, ...columns.map((c) => el("td", { role: "cell", "data-label": head(c) }, cell(c, row, answer.report))),
    calls || recordings ? el("td", { role: "cell", class: "acts" }, ...(acts ? buttons(row) : [])) : null);
  const buttons = (row) => {
    const names = (row.recordings ?? (answer.report === "recordings" ? row.name : "") ?? "").split(" ").filter(Boolean);
    const what = `${row.number ?? row.call ?? ""} ${moment(row.started)}`;
    return [
      row.call && el("button", { type: "button", "aria-label": `${say("story.tell")}: ${what}`, onclick: () => tellCall(row.call) }, say("story.tell")), " ",
      names.length ? el("button", { type: "button", "aria-label": `${say("player.play")}: ${what}`, onclick: () => playAll(`${say("player")}: ${what}`, names) }, say("player.play")) : null,
    ].filter(Boolean);
  };
  if (!answer.items.length) return el("p", { class: "none" }, say("none"));
  return el("table", { role: "table" }, el("caption", { class: "hidden" }, answer.report),
    el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, ...columns.map((c) => el("th", { scope: "col", role: "columnheader" }, head(c))), calls || recordings ? el("th", { scope: "col", role: "columnheader" }, el("span", { class: "hidden" }, say("acts"))) : null)),
    el("tbody", { role: "rowgroup" }, ...answer.items.map((row) => line(row, true)), ...(answer.sums ?? []).map((row) => {
      const sum = line(row, false);
      sum.className = "sums";
      return sum;
    })));
}

// exports are buttons that save a report as a file.
export function exports(id, question, wrong) {
  const endings = { xlsx: "xlsx", excel: "csv", csv: "csv", json: "json" };
  return Object.entries(endings).map(([format, ending]) => el("button", {
    type: "button", async onclick() {
      wrong("");
      try {
        save(await file(`api/v1/history/${id}`, { ...question, format, ...(format === "json" || format === "csv" ? {} : { words: language }) }), `kezek-${id}-${question.from}.${ending}`);
      } catch (error) {
        wrong(refusal(error));
      }
    },
  }, say(`export.${format}`)));
}
