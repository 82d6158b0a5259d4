// The page of what is over: charts, heat map, recordings, reports, and the story of a call.
import { get, isIn, items } from "./api.js";
import { drawCharts, refit } from "./charts.js";
import { lists, person, queueTitle, readOnce, stop } from "./data.js";
import { refusal } from "./dialog.js";
import { $, el, options, write } from "./dom.js";
import { frame } from "./frame.js";
import { drawHeat, heats } from "./heat.js";
import { all, exports, table } from "./reports.js";
import { languageName } from "./status.js";
import { tellCall } from "./story.js";
import { day, now } from "./time.js";
import { say, title } from "./words.js";

const spans = { today: [0, 1], yesterday: [1, 1], week: [6, 7], month: [29, 30] }; // days back, days long
const oneDay = 86400000;
let known = []; // the reports that there are
let halves = []; // of the heat map
let charted = [];

const dayShift = (from, days) => new Date(Date.parse(`${from}T00:00:00Z`) + days * oneDay).toISOString().slice(0, 10);
const wrong = (text) => write($("#past-wrong"), text);

function setSpan(name) {
  const [back, long] = spans[name];
  $("#ask-from").value = dayShift(day(now()), -back);
  $("#ask-to").value = dayShift($("#ask-from").value, long - 1);
}

// question is what is asked of a report: its own parameters alone, since it refuses others. "to" does not belong to the time.
function question(id, more = {}) {
  const report = known.find((r) => r.id === id);
  const asked = {
    from: $("#ask-from").value, to: dayShift($("#ask-to").value, 1), queue: $("#ask-queue").value, language: $("#ask-language").value,
    agent: $("#ask-agent").value, number: $("#ask-number").value.trim(), ...more,
  };
  return Object.fromEntries(Object.entries(asked).filter(([name, value]) => value && (!report || report.parameters.includes(name))));
}

function drawChoices() {
  const any = ["", say("all")];
  options($("#ask-span"), [["", say("span.own")], ...Object.keys(spans).map((s) => [s, say(`span.${s}`)])]);
  options($("#ask-queue"), [any, ...lists.queues.map((q) => [q.name, queueTitle(q.name)])]);
  options($("#ask-language"), [any, ...[...new Set(lists.queues.flatMap((q) => Object.keys(q.waiting)))].map((l) => [l, languageName(l)])]);
  options($("#ask-agent"), [any, ...lists.agents.map((a) => [a.id, person(a.id)])]);
  options($("#heat-of"), Object.keys(heats).map((h) => [h, say(`chart.of.${h}`)]));
  options($("#report"), known.map((r) => [r.id, title(r.title, r.id)]));
  options($("#every"), ["all", "15m", "30m", "1h", "day", "week", "month"].map((e) => [e, say(`every.${e}`)]));
}

// days is how many are asked for.
const days = () => Math.round((Date.parse($("#ask-to").value) - Date.parse($("#ask-from").value)) / oneDay) + 1;

async function drawCharted() {
  const every = days() <= 2 ? "30m" : days() <= 14 ? "1h" : "day";
  halves = (await all("queues", question("queues", { every: "30m" }))).items;
  charted = every === "30m" ? halves : (await all("queues", question("queues", { every }))).items;
  redrawCharted();
}

function redrawCharted() {
  const targets = new Set(lists.queues.filter((q) => !$("#ask-queue").value || q.name === $("#ask-queue").value).map((q) => q.service_level.target));
  drawCharts($("#charts"), charted, targets.size === 1 ? [...targets][0] : null);
  drawHeat($("#heat"), halves, $("#heat-of").value);
}

// drawRecordings finds talks that were recorded: of a client by the calls, of all by the recordings.
async function drawRecordings() {
  const number = $("#ask-number").value.trim();
  write($("#recordings-note"), say(number ? "recordings.of" : "recordings.all", { number }));
  const answer = await get(`history/${number ? "calls" : "recordings"}`, { ...question(number ? "calls" : "recordings"), limit: 100 });
  if (number) {
    answer.items = answer.items.filter((row) => row.recordings);
    answer.columns = answer.columns.filter((c) => ["started", "number", "queue", "agent", "outcome", "talk", "result"].includes(c.id));
  } else answer.columns = answer.columns.filter((c) => ["started", "agent", "queue", "language", "length", "broken"].includes(c.id));
  $("#recordings").replaceChildren(table(answer));
}

async function drawReport() {
  const id = $("#report").value;
  const report = known.find((r) => r.id === id);
  const every = report.parameters.includes("every");
  $("#every").closest("label").hidden = !every;
  const asked = question(id, every ? { every: $("#every").value } : {});
  const answer = await get(`history/${id}`, { ...asked, limit: 200 });
  $("#report-table").replaceChildren(table(answer), answer.next ? el("p", { class: "note" }, say("past.more")) : "");
  $("#exports").replaceChildren(...exports(id, asked, wrong));
}

async function drawAll() {
  wrong("");
  try {
    await Promise.all([drawCharted(), drawRecordings(), drawReport()]);
  } catch (error) {
    wrong(refusal(error));
  }
}

const one = (draw) => async () => {
  wrong("");
  try {
    await draw();
  } catch (error) {
    wrong(refusal(error));
  }
};

function tellHash() {
  const id = new URLSearchParams(location.hash.slice(1)).get("call");
  if (id && isIn()) tellCall(id);
}

$("#ask").addEventListener("submit", (event) => {
  event.preventDefault();
  drawAll();
});
$("#ask-span").addEventListener("change", (event) => {
  if (!event.target.value) return;
  setSpan(event.target.value);
  drawAll();
});
for (const name of ["from", "to"]) $(`#ask-${name}`).addEventListener("change", () => { $("#ask-span").value = ""; });
$("#heat-of").addEventListener("change", () => drawHeat($("#heat"), halves, $("#heat-of").value));
$("#report").addEventListener("change", one(drawReport));
$("#every").addEventListener("change", one(drawReport));
window.addEventListener("hashchange", tellHash);
window.addEventListener("resize", refit);
document.addEventListener("kezek:theme", () => isIn() && redrawCharted());
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => isIn() && redrawCharted());

frame({
  async enter() {
    try {
      await readOnce("queues", "agents", "statuses");
      known = await items("history");
    } catch (error) {
      if (isIn()) wrong(refusal(error));
      return;
    }
    $("#tables").hidden = false;
    drawChoices();
    if (!$("#ask-from").value) {
      $("#ask-span").value = "today";
      setSpan("today");
    }
    if (!known.length) {
      wrong(say("past.nohistory"));
      return;
    }
    await drawAll();
    tellHash();
  },
  left: stop,
  redraw() {
    drawChoices();
    drawAll();
  },
});
// The connection's age: a page that asks nothing on its own asks for a sign of life now and then.
setInterval(() => isIn() && get("statuses").catch(() => {}), 2000);
