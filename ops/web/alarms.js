// What a supervisor should look at, until somebody has: the alarms of the last day from the history, or, where the daemon has no such list,
// those that happened since the page was opened.
import { act, items } from "./api.js";
import { lists, may, person, queueTitle } from "./data.js";
import { $, write } from "./dom.js";
import { Table } from "./rows.js";
import { moment } from "./time.js";
import { code, say } from "./words.js";

// The kinds of events that are alarms; agent.phone only if it breaks, callback.ended only if nobody was reached.
export const alarmed = ["violation", "callback.warning", "callback.escalation", "callback.breach", "callback.unreached", "hold.limit", "agent.unwell", "agent.phone", "trunk.down", "trunk.up", "agent.overstay", "agent.late", "agent.absent", "agent.left_early", "recording.failed"];
const mild = ["callback.warning", "trunk.up", "agent.late", "agent.overstay", "agent.left_early"];
const amber = ["warning", "ticket", "notice"];

const kept = "kezek-seen";
const most = 200;

let own = []; // what this page has heard, the latest first
let known = null; // what the daemon has; null where it has no such list
let seenHere = JSON.parse(localStorage.getItem(kept) ?? "[]");
let table;
let told;
let soon = null, later = null; // timers

const where = (a) => [queueTitle(a.queue), person(a.agent), a.number, a.class && code("class", a.class), detail(a)].filter(Boolean).join(", ");

function detail(a) {
  switch (a.kind) {
    case "violation": return code("violation", a.violation ?? a.detail);
    case "agent.phone": return code("fault", a.cause ?? a.detail);
    case "hold.limit": return code("hold", a.then ?? a.detail);
    case "agent.overstay": return a.status ?? a.detail ? code("status", a.status ?? a.detail) : "";
    default: return a.reason ?? "";
  }
}

const levelOf = (a) => (a.acknowledged ? "" : (a.severity ? amber.includes(a.severity) || a.severity === "info" : mild.includes(a.kind)) ? "soon" : "late");

export function makeAlarms() {
  table = new Table("alarms", {
    open: seen, act: "alarm.seen", label: (a) => code("alarm", a.kind), mark: levelOf,
    columns: [
      { id: "time", text: (a) => moment(a.at) },
      { id: "what", head: true, text: (a) => code("alarm", a.kind) },
      { id: "detail", text: where },
      { id: "seen", text: (a) => (a.acknowledged ? `${a.acknowledged.by} ${moment(a.acknowledged.at)}` : "") },
    ],
  });
  $("#alarms-seen").addEventListener("change", drawAlarms);
  $("#alarms-all").addEventListener("click", () => shown().filter((a) => !a.acknowledged).forEach(seen));
}

// seen takes that the reader has seen an alarm.
async function seen(alarm) {
  if (known) {
    try {
      await act("PUT", `alarms/${encodeURIComponent(alarm.id)}`, {});
    } catch (error) {
      write($("#told"), error.status === 403 ? say("role.needed", { role: say("role.supervisor") }) : error.message);
    }
    return readAlarms();
  }
  seenHere = [alarm.id, ...seenHere].slice(0, most);
  localStorage.setItem(kept, JSON.stringify(seenHere));
  drawAlarms();
}

// happened takes an event; true if it is an alarm.
export function happened(event) {
  let { kind } = event;
  if (kind === "callback.ended" && event.callback_outcome === "unreached") kind = "callback.unreached";
  else if (!alarmed.includes(kind) || (kind === "agent.phone" && event.phone_change !== "broken")) {
    if (kind === "alarm.acknowledged" || kind.startsWith("alarm.")) readAlarms();
    return false;
  }
  own = [{ ...event, kind, id: [event.at, kind, event.agent, event.call, event.callback].join(" ") }, ...own].slice(0, most);
  soon ??= setTimeout(() => { // a burst is drawn once
    soon = null;
    drawAlarms();
  }, 100);
  if (known) later ??= setTimeout(() => { // the history writes a moment later
    later = null;
    readAlarms();
  }, 1500);
  return true;
}

// readAlarms asks the daemon for those of the last day.
export async function readAlarms() {
  try {
    const all = await items("alarms");
    known = all.map((a) => ({ ...a, kind: a.kind === "callback.ended" ? "callback.unreached" : a.kind })).map((a) => ({ ...own.find((e) => e.kind === a.kind && e.at === a.at), ...a }));
  } catch (error) {
    if (error.status === 404 || error.status === 405) known = null;
  }
  drawAlarms();
}

function shown() {
  const all = known ?? own.map((a) => ({ ...a, acknowledged: seenHere.includes(a.id) ? { by: say("alarm.here"), at: "" } : null }));
  return all.filter((a) => !a.acknowledged || $("#alarms-seen").checked).toSorted((a, b) => !!a.acknowledged - !!b.acknowledged || Date.parse(b.at) - Date.parse(a.at)).slice(0, most);
}

export function drawAlarms() {
  if (!table) return;
  const all = shown();
  const open = all.filter((a) => !a.acknowledged);
  table.update(all);
  write($("#alarms-count"), String(open.length));
  $("#alarms-all").hidden = open.length < 2 || (known && !may("supervisor"));
  $("#alarms-box").hidden = !all.length;
  const last = open[0];
  if (last && last.id !== told) {
    told = last.id;
    write($("#alarm-told"), `${code("alarm", last.kind)}: ${where(last)}`);
  }
}

export function forgetAlarms() {
  own = [];
  known = null;
  told = undefined;
  if (lists.agents.length) drawAlarms();
}
