// The tables of what goes on.
import { items } from "./api.js";
import { lists, may, person, queueTitle } from "./data.js";
import { $ } from "./dom.js";
import { drawFilters, filters, passes, passesAgent } from "./filters.js";
import { Table } from "./rows.js";
import { callbackLevel, isWaiting, languageName, number, phone, serviceLevel, status, waitLevel } from "./status.js";
import { ago, clock, countdown, moment, time } from "./time.js";
import { waited } from "./top.js";
import { code, say } from "./words.js";

let tables;
let gaveUp = []; // who hung up today and was not called back or served since

// makeTables makes them; open(kind, row) is what a row's button does.
export function makeTables(open) {
  const opens = (kind) => (row) => open(kind, row);
  const queueOf = (name) => lists.queues.find((q) => q.name === name);
  const sum = (counts) => Object.values(counts).reduce((a, b) => a + b, 0);
  tables = {
    queues: new Table("queues", {
      key: (q) => q.name, label: (q) => q.title || q.name, open: opens("queue"),
      mark: (q) => (sum(q.waiting) && waitLevel(q.longest_wait, q)) || (serviceLevel(q.service_level.recent, q.service_level.target) === "fine" ? "" : serviceLevel(q.service_level.recent, q.service_level.target)),
      columns: [
        { id: "queue", head: true, text: (q) => q.title || q.name },
        { id: "waiting", text: (q) => `${sum(q.waiting)} (${Object.entries(q.waiting).map(([l, n]) => `${languageName(l)} ${n}`).join(", ")})` },
        { id: "longest", text: (q) => (sum(q.waiting) ? clock(q.longest_wait) : "") },
        { id: "expected", text: (q) => (q.expected_wait ? clock(q.expected_wait) : "") },
        { id: "agents", text: (q) => Object.entries(q.agents).filter(([s]) => s !== "offline").map(([s, n]) => `${status(s)} ${n}`).join(", ") },
        { id: "recent", text: (q) => percent(q.service_level.recent, q.service_level.target) },
        { id: "level", text: (q) => percent(q.service_level.percent, q.service_level.target) },
        { id: "answered", text: (q) => q.answered_today },
        { id: "abandoned", text: (q) => q.abandoned_today },
        { id: "notice", text: (q) => (q.notice ? `${q.notice.phrase}, ${say("until", { time: moment(q.notice.until) })}` : "") },
      ],
    }),
    calls: new Table("calls", {
      open: opens("call"), label: (c) => number(c.number),
      mark: (c) => (isWaiting(c) ? waitLevel(waited(c), queueOf(c.queue)) : ""),
      columns: [
        { id: "number", head: true, text: (c) => number(c.number) + (c.flags.length ? ` (${c.flags.map((f) => code("flag", f)).join(", ")})` : "") },
        { id: "queue", text: (c) => queueTitle(c.queue) },
        { id: "language", text: (c) => languageName(c.language) },
        { id: "state", text: (c) => code("call", c.state) + (c.hold?.slot ? ` ${c.hold.slot}` : "") },
        { id: "position", text: (c) => c.position },
        { id: "waited", live: true, text: (c) => clock(isWaiting(c) ? waited(c) : c.waited) },
        { id: "agent", text: (c) => (c.agent ? [c.agent] : c.hold ? [c.hold.agent] : c.offered_to).map(person).join(", ") },
        { id: "since", live: true, text: (c) => (c.since ? clock(ago(c.since)) : "") },
      ],
    }),
    callbacks: new Table("callbacks", {
      open: opens("callback"), label: (c) => number(c.number), mark: callbackLevel,
      columns: [
        { id: "due", live: true, text: (c) => countdown(c.due_at) },
        { id: "class", text: (c) => code("class", c.class) },
        { id: "number", head: true, text: (c) => number(c.number) },
        { id: "queue", text: (c) => queueTitle(c.queue) },
        { id: "language", text: (c) => languageName(c.language) },
        { id: "state", text: (c) => code("callback", c.state) },
        { id: "attempts", text: (c) => c.attempts },
        { id: "next", text: (c) => time(c.next_at) },
        { id: "owner", text: (c) => person(c.owner) },
        { id: "agent", text: (c) => person(c.agent) },
        { id: "note", text: (c) => c.note },
      ],
    }),
    agents: new Table("agents", {
      open: opens("agent"), label: (a) => person(a.id),
      mark: (a) => (a.status === "offline" ? "off" : !a.reachable || a.phone_fault ? "late" : a.overstayed || a.owes.length || a.unsupervised ? "soon" : ""),
      columns: [
        { id: "name", head: true, text: (a) => person(a.id) },
        { id: "status", text: (a) => status(a.status) + (a.after ? ` → ${status(a.after)}` : "") + (a.overstayed ? ` (${say("overstayed")})` : "") },
        { id: "since", live: true, text: (a) => (a.since ? clock(ago(a.since)) : "") },
        { id: "language", text: (a) => a.languages.map(languageName).join(", ") },
        { id: "queues", text: (a) => a.penalties.map((p) => queueTitle(p.queue) + (p.penalty || p.by ? `: ${p.penalty}` : "")).join(", ") },
        { id: "call", text: (a) => numberOf(a.call ?? a.callback) },
        { id: "calls", text: (a) => a.calls },
        { id: "owes", text: (a) => a.owes.map(numberOf).join(", ") },
        { id: "phone", text: (a) => phone(a) + (a.unsupervised ? `; ${say("unsupervised")}` : "") },
      ],
    }),
    numbers: new Table("numbers", {
      key: (n) => n.number, label: (n) => n.number, open: opens("number"),
      columns: [
        { id: "number", head: true, text: (n) => n.number },
        { id: "flag", text: (n) => code("flag", n.flag) },
        { id: "agent", text: (n) => person(n.agent) },
        { id: "at", text: (n) => moment(n.at) },
        { id: "until", text: (n) => moment(n.until) },
      ],
    }),
    abandoned: new Table("abandoned", {
      key: (c) => c.call, label: (c) => number(c.number), open: opens("abandoned"),
      columns: [
        { id: "number", head: true, text: (c) => number(c.number) },
        { id: "queue", text: (c) => queueTitle(c.queue) },
        { id: "language", text: (c) => languageName(c.language) },
        { id: "at", text: (c) => moment(c.started) },
        { id: "waited", text: (c) => clock(c.wait) },
      ],
    }),
  };
}

const percent = (is, target) => (is === null ? "" : `${Math.round(is)} % (${say("top.target", { target })})`);
const numberOf = (id) => {
  const found = id && (lists.calls.find((c) => c.id === id) ?? lists.callbacks.find((c) => c.id === id));
  return found ? number(found.number) : id ?? "";
};

// inLine sorts calls: who waits comes first, the longest wait in front.
const order = ["waiting", "offered", "menu", "parked", "held"];
const place = (c) => (order.indexOf(c.state) + 1 || order.length + 1);
const inLine = (a, b) => place(a) - place(b) || Date.parse(a.arrived) - Date.parse(b.arrived);

// draw brings the tables up to date with the lists.
export function draw() {
  drawFilters();
  const inView = (c) => passes([c.queue], [c.language]);
  tables.queues.update(lists.queues.filter((q) => !filters.queue || q.name === filters.queue));
  tables.calls.update(lists.calls.filter(inView).toSorted(inLine));
  tables.callbacks.update(lists.callbacks.filter(inView).toSorted((a, b) => Date.parse(a.due_at) - Date.parse(b.due_at)));
  tables.agents.update(lists.agents.filter(passesAgent).toSorted((a, b) => (a.status === "offline") - (b.status === "offline")));
  tables.numbers.update(lists.numbers);
  $("#flagged").hidden = !lists.numbers.length;
  const lost = gaveUp.filter(inView);
  tables.abandoned.update(lost);
  $("#gave-up").hidden = !lost.length;
}

// tick keeps times true between two drawings.
export function tick() {
  for (const table of Object.values(tables)) table.tick();
}

// readGaveUp asks the history who gave up today. It takes a role, and a history: without them the list stays empty.
export async function readGaveUp() {
  if (!may("supervisor")) return;
  try {
    gaveUp = await items("history/abandoned");
    draw();
  } catch { /* no history, or not for this reader */ }
}

export const forgetGaveUp = () => { gaveUp = []; };
