// The top of the page, for three seconds: is the daemon there, who waits and for how long, how well do we do, what is due, who is free,
// and what is wrong, where, since when, with what to do about it.
import { age } from "./api.js";
import { about, lists, person, queueTitle } from "./data.js";
import { $, el, level, signs, write } from "./dom.js";
import { filters, passes } from "./filters.js";
import { callbackLevel, isFree, isWaiting, languageName, number, phone, serviceLevel, waitLevel } from "./status.js";
import { ago, clock, countdown, now, time, zoneIsKnown, zoneName } from "./time.js";
import { code, say } from "./words.js";

const amber = 3, red = 10; // seconds without a sign of life

// connection tells whether what is shown is true, and how old it is.
export function connection(element) {
  const seconds = age();
  const ready = about.ready;
  let is = "fine", text = say("connection.fine");
  if (!ready && seconds <= amber) {
    is = "soon";
    text = say("connection.begins");
  } else if (seconds > amber) {
    is = seconds > red ? "late" : "soon";
    text = say("connection.silent", { seconds: clock(seconds) });
  } else if (ready && !ready.ready) {
    is = "late";
    text = faults(ready).join("; ");
  } else if (ready?.warnings.length) {
    is = "soon";
    text = ready.warnings.join("; ");
  }
  level(element, is);
  write(element, `${signs[is]} ${text}`);
  return is;
}

// faults are what the daemon lacks, in words; what has none is told as the daemon says it.
function faults(ready) {
  const lacks = [];
  if (!ready.redis) lacks.push(say("lacks.redis"));
  else if (!ready.owner) lacks.push(say("lacks.owner"));
  if (!ready.loaded) lacks.push(say("lacks.loaded"));
  else {
    if (!ready.saved) lacks.push(say("lacks.saved"));
    if (!ready.exchange) lacks.push(say("lacks.exchange"));
  }
  return lacks.length ? lacks : ready.faults;
}

// siteClock writes the site's time.
export function siteClock(element) {
  if (!zoneIsKnown()) return;
  write(element, time(now()));
  if (element.title !== zoneName()) element.title = zoneName();
}

const shown = () => lists.queues.filter((q) => !filters.queue || q.name === filters.queue);
const inView = (c) => passes([c.queue], [c.language]);

// levelOf sums the service level of queues: its percentage, the target weighed by their visits, and the queue that is worst.
export function levelOf(queues, percent, judged) {
  const counted = queues.filter((q) => q.service_level[percent] !== null && q.service_level[judged] > 0);
  const visits = counted.reduce((n, q) => n + q.service_level[judged], 0);
  if (!visits) return null;
  const mean = (value) => counted.reduce((n, q) => n + value(q.service_level) * q.service_level[judged], 0) / visits;
  const worst = counted.toSorted((a, b) => (a.service_level[percent] - a.service_level.target) - (b.service_level[percent] - b.service_level.target))[0];
  return { percent: mean((l) => l[percent]), target: mean((l) => l.target), worst, is: serviceLevel(worst.service_level[percent], worst.service_level.target) };
}

function tile(id, value, more, is) {
  const box = $(`#tile-${id}`);
  level(box, is);
  write($(".value", box), `${signs[is] ? `${signs[is]} ` : ""}${value}`);
  write($(".more", box), more);
}

export function drawTop() {
  const queues = shown();
  const waiting = lists.calls.filter((c) => isWaiting(c) && inView(c)).map((c) => ({ ...c, for: waited(c) })).toSorted((a, b) => b.for - a.for);
  const first = waiting[0];
  const worstWait = waiting.map((c) => waitLevel(c.for, lists.queues.find((q) => q.name === c.queue))).toSorted((a, b) => rank(b) - rank(a))[0] ?? "";
  tile("waiting", String(waiting.length), first ? say("top.longest", { time: clock(first.for), queue: queueTitle(first.queue), language: languageName(first.language) }) : say("top.nobody"), worstWait);
  for (const [id, percent, judged] of [["recent", "recent", "recent_judged"], ["today", "percent", "judged"]]) {
    const sum = levelOf(queues, percent, judged);
    const one = queues.length === 1 || !sum || sum.is === "fine" ? "" : `; ${queueTitle(sum.worst.name)} ${Math.round(sum.worst.service_level[percent])} %`;
    tile(id, sum ? `${Math.round(sum.percent)} %` : "–", sum ? say("top.target", { target: Math.round(sum.target) }) + one : say("top.novisits"), sum?.is ?? "");
  }
  const due = lists.callbacks.filter(inView).toSorted((a, b) => Date.parse(a.due_at) - Date.parse(b.due_at));
  tile("callbacks", due.length ? countdown(due[0].due_at) : "–",
    due.length ? `${say("top.open", { n: due.length })}: ${due.slice(0, 3).map((c) => `${number(c.number)} ${countdown(c.due_at)}`).join(", ")}` : say("top.nocallbacks"),
    due.map(callbackLevel).toSorted((a, b) => rank(b) - rank(a))[0] ?? "");
  const languages = [...new Set(lists.queues.flatMap((q) => Object.keys(q.waiting)))].filter((l) => !filters.language || l === filters.language);
  const free = lists.agents.filter((a) => isFree(a) && passes(a.queues, a.languages));
  const byLanguage = languages.map((l) => [l, free.filter((a) => a.languages.includes(l)).length]);
  const lacking = byLanguage.some(([l, n]) => !n && waiting.some((c) => c.language === l));
  tile("free", String(free.length), byLanguage.map(([l, n]) => `${languageName(l)} ${n}`).join(", "), lacking ? "late" : free.length ? "fine" : "soon");
  drawTroubles(waiting, due);
}

const rank = (is) => ["", "fine", "soon", "late"].indexOf(is);

// waited is how long a caller is in line: the last answer's figure, and the time since.
export const waited = (c) => (c.visits?.length ? Math.max(c.waited, ago(c.visits.at(-1).start)) : c.waited);

const mostTroubles = 5;
let open = () => {};
// openWith takes what a trouble's button does.
export const openWith = (act) => { open = act; };

// troubles are what somebody should do something about now, the worst first.
function troubles(waiting, due) {
  const all = [];
  for (const c of waiting) {
    if (waitLevel(c.for, lists.queues.find((q) => q.name === c.queue)) !== "late") continue;
    const free = lists.agents.filter((a) => isFree(a) && a.queues.includes(c.queue) && a.languages.includes(c.language)).length;
    all.push({ key: `call ${c.id}`, kind: "call", what: c, weight: c.for, text: say(free ? "trouble.waits" : "trouble.nobody", { queue: queueTitle(c.queue), language: languageName(c.language), number: number(c.number), time: clock(c.for) }), act: say("trouble.why") });
  }
  for (const c of due) {
    if (callbackLevel(c) !== "late") continue;
    all.push({ key: `callback ${c.id}`, kind: "callback", what: c, weight: 60 - c.due_in, text: say("trouble.callback", { class: code("class", c.class), queue: queueTitle(c.queue), number: number(c.number), time: countdown(c.due_at) }), act: say("trouble.look") });
  }
  for (const a of lists.agents) {
    if (a.status === "offline" || (a.reachable && !a.phone_fault) || !passes(a.queues, a.languages)) continue;
    all.push({ key: `agent ${a.id}`, kind: "agent", what: a, weight: 30, text: say("trouble.phone", { agent: person(a.id), fault: phone(a) }), act: say("trouble.look") });
  }
  return all.toSorted((a, b) => b.weight - a.weight);
}

const troubleRows = new Map();

function drawTroubles(waiting, due) {
  const all = troubles(waiting, due);
  const box = $("#troubles");
  const few = all.slice(0, mostTroubles);
  for (const [key, row] of troubleRows) {
    if (few.some((t) => t.key === key)) continue;
    row.li.remove();
    troubleRows.delete(key);
  }
  few.forEach((t, i) => {
    let row = troubleRows.get(t.key);
    if (!row) {
      row = { text: el("span"), button: el("button", { type: "button" }) };
      row.li = el("li", { "data-level": "late" }, el("span", { "aria-hidden": "true" }, `${signs.late} `), row.text, " ", row.button);
      troubleRows.set(t.key, row);
    }
    row.button.onclick = () => open(t.kind, t.what);
    write(row.text, t.text);
    write(row.button, t.act);
    if (box.children[i] !== row.li) box.insertBefore(row.li, box.children[i] ?? null);
  });
  write($("#troubles-more"), all.length > few.length ? say("trouble.more", { n: all.length - few.length }) : "");
  $("#trouble").hidden = !all.length;
}
