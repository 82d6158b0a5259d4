// The heat map: what a half-hour of a weekday is like, over all weeks asked for. Half-hours go down, so that it fits a phone.
import { total } from "./charts.js";
import { el } from "./dom.js";
import { clock, parts } from "./time.js";
import { say } from "./words.js";

const days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const steps = 4;

// What it may be of: how a value is written, and whether it is one of a day (so many weeks are averaged) or a ratio.
export const heats = {
  offered: { write: (v) => (v < 10 && v % 1 ? v.toFixed(1) : String(Math.round(v))), mean: true },
  abandoned: { write: (v) => (v < 10 && v % 1 ? v.toFixed(1) : String(Math.round(v))), mean: true },
  wait: { write: clock },
  level: { write: (v) => String(Math.round(v)) },
  occupancy: { write: (v) => String(Math.round(v)) },
};

// drawHeat fills a table from rows of half-hours.
export function drawHeat(table, rows, of) {
  const cells = new Map();
  for (const r of rows) {
    const p = parts(Date.parse(r.begin));
    const half = `${p.hour}:${p.minute < "30" ? "00" : "30"}`;
    const key = `${half} ${p.weekday}`;
    if (!cells.has(key)) cells.set(key, { rows: [], days: new Set() });
    cells.get(key).rows.push(r);
    cells.get(key).days.add(`${p.year}-${p.month}-${p.day}`);
  }
  const value = ({ rows: all, days: on }) => {
    const sum = total(all)[of];
    return heats[of].mean ? sum / on.size : sum;
  };
  const values = new Map([...cells].map(([key, cell]) => [key, value(cell)]).filter(([, v]) => v !== null));
  const most = Math.max(...values.values(), 0);
  const halves = [...new Set([...values.keys()].map((key) => key.split(" ")[0]))].toSorted();
  const caption = table.caption;
  table.replaceChildren(caption,
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, say("column.time")), ...days.map((d) => el("th", { scope: "col" }, say(`day.${d}`))))),
    el("tbody", {}, ...halves.map((half) => el("tr", {}, el("th", { scope: "row" }, half), ...days.map((d) => {
      const v = values.get(`${half} ${d}`);
      return v === undefined ? el("td") : el("td", { "data-heat": most ? String(Math.ceil(steps * v / most)) : "0" }, heats[of].write(v));
    })))));
  if (!halves.length) table.append(el("tbody", {}, el("tr", { class: "none" }, el("td", { colSpan: 8 }, say("none")))));
}
