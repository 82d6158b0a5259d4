// What may be done about an agent, a call, a callback, a queue, a flagged number, or somebody who gave up.
import { act, get } from "./api.js";
import { lists, may, person, queueTitle, want } from "./data.js";
import { facts, form, open, refusal } from "./dialog.js";
import { el } from "./dom.js";
import { isWaiting, languageName, number, phone, status } from "./status.js";
import { clock, countdown, moment, parts, zoneName } from "./time.js";
import { code, language, say, title } from "./words.js";

const enc = encodeURIComponent;
const ownPhone = "kezek-phone";
const reason = (required = true) => ({ name: "reason", label: say("field.reason"), required });
const needs = (role) => (may(role) ? null : el("p", { class: "note" }, say("role.needed", { role: say(`role.${role}`) })));
const reread = (answer) => {
  want();
  return answer;
};

// show opens what there is to know and to do about a row of a table.
export function show(kind, row) {
  return { agent: showAgent, call: showCall, callback: showCallback, queue: showQueue, number: showNumber, abandoned: (c) => bookCallback(c) }[kind](row);
}

function showAgent(a) {
  const statuses = [["waiting", status("waiting")], ...lists.statuses.filter((s) => s.code).map((s) => [s.name, title(s.title, s.name)])];
  open(person(a.id),
    facts([say("column.status"), status(a.status)], [say("column.since"), moment(a.since)], [say("fact.orderedby"), a.ordered_by], [say("fact.loggedin"), moment(a.logged_in)],
      [say("column.calls"), a.calls], [say("column.phone"), `${phone(a)} (${a.endpoint})`], [say("fact.holds"), a.holds.count ? `${a.holds.count}, ${clock(a.holds.total)}` : ""],
      [say("fact.rating"), a.ratings.count ? `${a.ratings.mean} (${a.ratings.count})` : ""], [say("fact.monitors"), a.monitors ? person(a.monitors.agent) : ""]),
    needs("supervisor"),
    may("supervisor") && a.status !== "offline" && form({
      legend: say("act.status"), submit: say("act.status.do"), fields: [{ name: "status", label: say("column.status"), choices: statuses, required: true }, reason(false)],
      send: (v) => act("PUT", `agents/${enc(a.id)}/status`, v).then(reread),
    }),
    may("supervisor") && a.status !== "offline" && form({
      legend: say("act.logout"), submit: say("act.logout.do"), ask: say("act.logout.ask", { agent: person(a.id) }), fields: [reason()],
      send: (v) => act("PUT", `agents/${enc(a.id)}/status`, { status: "offline", ...v }).then(reread),
    }),
    may("supervisor") && a.penalties.length > 0 && form({
      legend: say("act.penalty"), submit: say("act.penalty.do"),
      fields: [{ name: "queue", label: say("column.queue"), choices: a.penalties.map((p) => [p.queue, `${queueTitle(p.queue)}: ${p.penalty}`]), required: true },
        { name: "penalty", label: say("field.penalty"), type: "number", min: 0, max: 1000, step: 1 }, reason(false)],
      send: ({ queue, penalty, reason: why }) => act("PUT", `agents/${enc(a.id)}/penalty`, { queue, reason: why, ...(penalty === "" ? {} : { penalty: Number(penalty) }) }).then(reread),
    }),
    may("supervisor") && a.call && listenForm(a.call));
}

// listenForm rings the reader's own phone, to listen to a call.
function listenForm(call) {
  return form({
    legend: say("act.listen"), submit: say("act.listen.do"),
    fields: [{ name: "mode", label: say("field.mode"), choices: ["listen", "whisper", "join"].map((m) => [m, code("mode", m)]) },
      { name: "phone", label: say("field.phone"), value: localStorage.getItem(ownPhone) ?? "", required: true }],
    send(v) {
      localStorage.setItem(ownPhone, v.phone);
      return act("POST", `calls/${enc(call)}/listeners`, v);
    },
    done: () => say("act.listen.done"),
  });
}

function showCall(c) {
  const why = el("div", { class: "why" });
  open(number(c.number),
    facts([say("column.queue"), queueTitle(c.queue)], [say("column.language"), languageName(c.language)], [say("column.state"), code("call", c.state)], [say("fact.arrived"), moment(c.arrived)],
      [say("column.position"), c.position], [say("column.expected"), c.expected_wait ? clock(c.expected_wait) : ""], [say("column.agent"), c.agent ? person(c.agent) : c.offered_to.map(person).join(", ")],
      [say("fact.keptfor"), person(c.kept_for)], [say("fact.passedto"), c.passed_to], [say("fact.name"), c.name], [say("fact.flags"), c.flags.map((f) => code("flag", f)).join(", ")]),
    isWaiting(c) && why,
    needs("supervisor"),
    may("supervisor") && form({
      legend: say("act.move"), submit: say("act.move.do"), fields: [{ name: "queue", label: say("column.queue"), choices: lists.queues.filter((q) => q.name !== c.queue).map((q) => [q.name, queueTitle(q.name)]), required: true }, reason()],
      send: (v) => act("PUT", `calls/${enc(c.id)}/queue`, v).then(reread),
    }),
    may("supervisor") && !isWaiting(c) && c.agent && listenForm(c.id),
    may("supervisor") && form({
      legend: say("act.end"), submit: say("act.end.do"), ask: say("act.end.ask", { number: number(c.number) }), fields: [reason()],
      send: (v) => act("DELETE", `calls/${enc(c.id)}`, v).then(reread),
    }));
  if (isWaiting(c)) tellWhy(c, why);
}

// tellWhy asks the rules why nobody has taken a call yet.
async function tellWhy(c, box) {
  box.append(el("h3", {}, say("why")));
  try {
    const answer = await get(`calls/${enc(c.id)}/why`, { words: language });
    box.append(el("p", {}, answer.words));
    const rows = answer.agents.toSorted((a, b) => b.eligible - a.eligible);
    if (!rows.length) return;
    box.append(el("ul", {}, ...rows.map((a) => el("li", { "data-level": a.eligible ? "fine" : null }, `${person(a.agent)}: `,
      a.eligible ? say("why.eligible") : a.reasons.map((r) => r.words + (r.until ? ` (${say("until", { time: moment(r.until) })})` : "")).join("; ")))));
  } catch (error) {
    box.append(el("p", { class: "note" }, refusal(error)));
  }
}

function showCallback(c) {
  const agents = lists.agents.filter((a) => a.queues.includes(c.queue)).map((a) => [a.id, person(a.id)]);
  open(number(c.number),
    facts([say("column.due"), `${moment(c.due_at)} (${countdown(c.due_at)})`], [say("column.class"), code("class", c.class)], [say("column.queue"), queueTitle(c.queue)], [say("column.language"), languageName(c.language)],
      [say("column.state"), code("callback", c.state)], [say("column.attempts"), c.attempts], [say("column.owner"), person(c.owner)], [say("column.agent"), person(c.agent)], [say("fact.booked"), moment(c.created)],
      [say("fact.by"), c.by || person(c.booker)], [say("fact.putoff"), c.put_off ? say(`refusal.${c.put_off}`) : ""], [say("column.note"), c.note]),
    needs("supervisor"),
    may("supervisor") && form({
      legend: say("act.callback.move"), submit: say("act.callback.move.do"),
      fields: [{ name: "due", label: say("field.due", { zone: zoneName() }), type: "datetime-local" }, { name: "agent", label: say("column.owner"), choices: [["", say("unchanged")], ...agents] }, reason()],
      send: ({ due, agent, reason: why }) => act("PUT", `callbacks/${enc(c.id)}`, { reason: why, ...(due ? { due: fromSite(due) } : {}), ...(agent ? { agent } : {}) }).then(reread),
    }),
    may("supervisor") && form({
      legend: say("act.callback.cancel"), submit: say("act.callback.cancel.do"), ask: say("act.callback.cancel.ask", { number: number(c.number) }), fields: [reason()],
      send: (v) => act("DELETE", `callbacks/${enc(c.id)}`, v).then(reread),
    }));
}

// fromSite is what the reader gave as a time of the site, in RFC 3339.
function fromSite(local) {
  const guess = Date.parse(`${local}Z`);
  const p = parts(guess);
  const offset = Date.parse(`${p.year}-${p.month}-${p.day}T${p.hour}:${p.minute}:${p.second}Z`) - Math.floor(guess / 1000) * 1000;
  return new Date(guess - offset).toISOString();
}

// bookCallback promises one, for somebody who gave up or for any number.
export function bookCallback(c = {}) {
  open(say("act.book"), needs("supervisor"), may("supervisor") && form({
    legend: say("act.book"), submit: say("act.book.do"),
    fields: [{ name: "number", label: say("column.number"), type: "tel", value: c.number, required: true },
      { name: "queue", label: say("column.queue"), choices: lists.queues.map((q) => [q.name, queueTitle(q.name)]), value: c.queue, required: true },
      { name: "language", label: say("column.language"), choices: [["", say("language.default")], ...[...new Set(lists.queues.flatMap((q) => Object.keys(q.waiting)))].map((l) => [l, languageName(l)])], value: c.language },
      { name: "class", label: say("column.class"), choices: ["information", "manager", "complaint"].map((k) => [k, code("class", k)]) },
      { name: "owner", label: say("column.owner"), choices: [["", say("anybody")], ...lists.agents.map((a) => [a.id, person(a.id)])] },
      { name: "note", label: say("column.note") }],
    send: (v) => act("POST", "callbacks", Object.fromEntries(Object.entries(v).filter(([, value]) => value))).then(reread),
    done: (cb) => say("act.book.done", { number: cb.number, time: moment(cb.due_at) }),
  }));
}

function showQueue(q) {
  const level = q.service_level;
  open(q.title || q.name,
    facts([say("fact.did"), q.did.join(", ")], [say("fact.within"), `${level.target} % / ${clock(level.within)}`], [say("column.answered"), q.answered_today], [say("column.abandoned"), q.abandoned_today],
      [say("column.notice"), q.notice ? `${q.notice.phrase}, ${say("until", { time: moment(q.notice.until) })}, ${q.notice.by}` : ""], [say("fact.recording"), q.recording ? say("yes") : say("no")]),
    needs("supervisor"),
    may("supervisor") && form({
      legend: say("act.notice"), submit: say("act.notice.do"),
      fields: [{ name: "phrase", label: say("field.phrase") }, { name: "minutes", label: say("field.minutes"), type: "number", min: 1, max: 10080, step: 1 }],
      send: ({ phrase, minutes }) => act("PUT", "notice", { queues: [q.name], ...(phrase ? { phrase } : {}), ...(minutes ? { for: 60 * Number(minutes) } : {}) }).then(reread),
    }),
    may("supervisor") && q.notice && form({ legend: say("act.notice.off"), submit: say("act.notice.off.do"), send: () => act("DELETE", `notice?queue=${enc(q.name)}`).then(reread) }));
}

function showNumber(n) {
  open(n.number, facts([say("column.flag"), code("flag", n.flag)], [say("column.agent"), person(n.agent)], [say("column.at"), moment(n.at)], [say("column.until"), moment(n.until)]),
    needs("supervisor"),
    may("supervisor") && form({
      legend: say("act.clear"), submit: say("act.clear.do"), ask: say("act.clear.ask", { number: n.number }), fields: [reason()],
      send: (v) => act("DELETE", `numbers/${enc(n.number)}`, v).then(reread),
    }));
}

