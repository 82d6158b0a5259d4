// Charts of a report of queues over time, by uPlot. It draws on a canvas; what it shows is in a sentence for those who do not see it.
import { el } from "./dom.js";
import { clock, moment, zoneName } from "./time.js";
import uPlot from "./uplot/uPlot.esm.js";
import { say } from "./words.js";

// total sums the rows of one time, whatever their queue and language.
export function total(rows) {
  const sum = (of) => rows.reduce((n, r) => n + (r[of] ?? 0), 0);
  const answered = sum("answered");
  const judged = answered + sum("abandoned") - sum("abandoned_in_time");
  const busy = rows.filter((r) => r.occupancy > 0).map((r) => [r.talk + r.wrapup, (r.talk + r.wrapup) / (r.occupancy / 100)]);
  const work = busy.reduce((n, [w]) => n + w, 0);
  return {
    offered: sum("offered"), answered, abandoned: sum("abandoned"),
    level: judged > 0 ? 100 * sum("answered_in_time") / judged : null,
    wait: answered ? rows.reduce((n, r) => n + (r.mean_wait ?? 0) * (r.answered ?? 0), 0) / answered : null,
    longest: rows.length ? Math.max(...rows.map((r) => r.longest_wait ?? 0)) : null,
    occupancy: work ? 100 * work / busy.reduce((n, [, all]) => n + all, 0) : null,
    callbacks: sum("callbacks"), kept: sum("callbacks_in_time"), breached: sum("callbacks_breached"),
  };
}

// byTime gathers rows by the begin of their interval, in order.
export function byTime(rows) {
  const times = new Map();
  for (const r of rows) {
    const at = Date.parse(r.begin);
    if (!times.has(at)) times.set(at, []);
    times.get(at).push(r);
  }
  return [...times].toSorted(([a], [b]) => a - b).map(([at, of]) => ({ at, ...total(of) }));
}

const whole = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000]; // steps of an axis of counts
const percent = (v) => `${Math.round(v)} %`;
const count = (v) => String(Math.round(v));

const charts = [
  { id: "arrivals", write: count, lines: [["offered", "--link"], ["answered", "--fine", [6, 4]], ["abandoned", "--late", [2, 3]]] },
  { id: "level", write: percent, to: 100, lines: [["level", "--link"]], target: true },
  { id: "waits", write: clock, lines: [["wait", "--link"], ["longest", "--late", [2, 3]]] },
  { id: "occupancy", write: percent, to: 100, lines: [["occupancy", "--link"]] },
  { id: "callbacks", write: count, lines: [["callbacks", "--link"], ["kept", "--fine", [6, 4]], ["breached", "--late", [2, 3]]] },
];

let drawn = [];

// drawCharts draws all into a box; target is the service level wanted, if there is one.
export function drawCharts(box, rows, target) {
  drawn.forEach((plot) => plot.destroy());
  const times = byTime(rows);
  const colour = (name) => {
    const probe = el("span", { hidden: true });
    probe.style.color = `var(${name})`;
    document.body.append(probe);
    const is = getComputedStyle(probe).color;
    probe.remove();
    return is;
  };
  const figures = charts.map((chart) => {
    const lines = [...chart.lines];
    const data = [times.map((t) => t.at / 1000), ...lines.map(([of]) => times.map((t) => t[of]))];
    if (chart.target && target) {
      lines.push(["target", "--soon", [8, 6]]);
      data.push(times.map(() => target));
    }
    const read = el("p", { class: "read" });
    const canvas = el("div", { role: "img", "aria-label": describe(chart, times) });
    const figure = el("figure", {}, el("figcaption", {}, say(`chart.${chart.id}`)), canvas,
      el("ul", { class: "legend" }, ...lines.map(([of, name, dash]) => {
        const swatch = el("span", { class: `swatch${dash ? " dashed" : ""}`, "aria-hidden": "true" });
        swatch.style.borderColor = `var(${name})`;
        return el("li", {}, swatch, say(`chart.of.${of}`));
      })), read);
    return { chart, lines, data, canvas, read, figure };
  });
  box.replaceChildren(...figures.map((f) => f.figure));
  if (!times.length) {
    box.replaceChildren(el("p", { class: "none" }, say("none")));
    drawn = [];
    return;
  }
  const text = colour("--text"), grid = colour("--line");
  drawn = figures.map(({ chart, lines, data, canvas, read }) => new uPlot({
    width: Math.max(240, canvas.clientWidth), height: 220, legend: { show: false }, tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zoneName()),
    cursor: { drag: { x: false, y: false } },
    scales: { y: { range: (_, min, max) => [0, chart.to ?? Math.max(1, (max ?? 1) * 1.1)] } },
    axes: [
      { stroke: text, grid: { stroke: grid, width: 1 }, values: (_, splits, __, ___, step) => splits.map((s) => axisTime(s * 1000, step)) },
      { stroke: text, grid: { stroke: grid, width: 1 }, size: 64, ...(chart.write === count && { incrs: whole }), values: (_, splits) => splits.map(chart.write) },
    ],
    series: [{}, ...lines.map(([, name, dash]) => ({ stroke: colour(name), width: 2, dash, spanGaps: false, points: { show: data[0].length < 40, size: 5 } }))],
    hooks: {
      setCursor: [(plot) => {
        const at = plot.cursor.idx;
        read.textContent = at === null || at === undefined ? "" : `${moment(data[0][at] * 1000)}: ${lines.map(([of], i) => `${say(`chart.of.${of}`)} ${data[i + 1][at] === null ? "–" : chart.write(data[i + 1][at])}`).join(", ")}`;
      }],
    },
  }, data, canvas));
}

// axisTime is a day where a step is one at least, else the time of day.
function axisTime(at, step) {
  const words = moment(at).split(" ");
  return step >= 86400 ? (words.length > 1 ? words[0].slice(0, 5) : say("today")) : words.at(-1).slice(0, 5);
}

function describe(chart, times) {
  const parts = chart.lines.map(([of]) => {
    const values = times.map((t) => t[of]).filter((v) => v !== null && v !== undefined);
    if (!values.length) return `${say(`chart.of.${of}`)}: ${say("none")}`;
    return say("chart.range", { of: say(`chart.of.${of}`), least: chart.write(Math.min(...values)), most: chart.write(Math.max(...values)) });
  });
  return `${say(`chart.${chart.id}`)}. ${parts.join("; ")}`;
}

// refit brings the charts to the width that there is.
export function refit() {
  for (const plot of drawn) plot.setSize({ width: Math.max(240, plot.root.parentElement.clientWidth), height: 220 });
}
