// What the daemon says now: the lists of the API, read again when an event says that they changed. All pages draw from here.
import { ask, get, heardNow, isIn, items, listen, Refused } from "./api.js";
import { setZone } from "./time.js";

export const lists = { queues: [], calls: [], callbacks: [], agents: [], statuses: [], numbers: [] };
export const about = { ready: null, me: null, meKnown: false };

const everyFew = 5000; // ms after which all is read again: places in line and what has no event
const burst = 250; // ms that events are gathered for

// Which lists an event is about. What is not here changes nothing that is shown.
const touched = [
  [/^(call|visit|talk|hold|caller|recording|monitor)\b/, ["calls", "queues", "agents"]],
  [/^callback\b/, ["callbacks", "agents", "calls"]],
  [/^(agent|violation)\b/, ["agents", "queues"]],
  [/^notice\b/, ["queues"]],
  [/^number\b|^call\.warned$/, ["numbers", "calls"]],
];

let wanted = new Set();
let reading = false;
let timer = 0;
let slow = burst; // grows with how long a reading takes, so that a big site is not read without end

// may tells what the reader's role allows, as far as it is known: without an answer the API is asked, and says no itself.
const ranks = ["wall", "viewer", "supervisor", "admin"];
export const may = (role) => !about.me || ranks.indexOf(about.me.role) >= ranks.indexOf(role);

// want asks for lists to be read soon; with none, for all.
export function want(...names) {
  for (const name of names.length ? names : Object.keys(lists)) wanted.add(name);
  if (!timer && !reading) timer = setTimeout(readAll, slow);
}

async function readAll() {
  timer = 0;
  reading = true;
  const began = performance.now();
  const now = [...wanted];
  wanted = new Set();
  try {
    await Promise.all([ready(), ...now.map(read)]);
    document.dispatchEvent(new CustomEvent("kezek:data", { detail: now }));
  } catch (error) {
    now.forEach((name) => wanted.add(name));
    document.dispatchEvent(new CustomEvent("kezek:trouble", { detail: error }));
  }
  slow = Math.max(burst, 3 * (performance.now() - began));
  reading = false;
  if (wanted.size) timer = setTimeout(readAll, Math.max(slow, 1000 * (about.ready ? 0 : 1)));
}

// read reads one list. What a role does not see, or a daemon does not have, is empty.
async function read(name) {
  if (name === "numbers" && !may("viewer")) return;
  try {
    lists[name] = await items(name);
  } catch (error) {
    if (error.status !== 403 && error.status !== 404) throw error;
    lists[name] = [];
  }
}

// ready asks what the daemon stands on. It answers 503 too, which is an answer; a wall is not told.
async function ready() {
  const answer = await ask("readyz");
  if (answer.status === 403) {
    about.ready = { ready: true, faults: [], warnings: [] };
    heardNow();
    return;
  }
  if (answer.status !== 200 && answer.status !== 503) throw new Refused(answer.status, await answer.json().catch(() => ({})));
  about.ready = await answer.json(); // no sign of life: it does not ask the engine's loop
  setZone(about.me?.zone ?? about.ready.timezone);
}

// who asks who the reader is; a daemon that does not know the question leaves it open.
async function who() {
  try {
    about.me = await get("me");
    setZone(about.me.zone);
  } catch (error) {
    if (error.status === 404) about.me = null;
    else throw error;
  }
  about.meKnown = true;
}

let following;

// start reads all and follows the events until stop; happened gets each.
export async function start(happened) {
  stop();
  const mine = following = new AbortController();
  try {
    await who();
  } catch { /* the age of the data tells it; a refused token is told by its event */ }
  if (mine.signal.aborted) return;
  want();
  const poll = setInterval(() => isIn() && want(...Object.keys(lists).filter((name) => name !== "statuses")), everyFew);
  mine.signal.addEventListener("abort", () => clearInterval(poll));
  listen({
    signal: mine.signal,
    missed: () => want(),
    happened(event) {
      for (const [kind, names] of touched) if (kind.test(event.kind)) want(...names);
      happened(event);
    },
  });
}

// readOnce reads who the reader is and lists that name things, without following.
export async function readOnce(...names) {
  await who();
  await Promise.all([ready(), ...names.map(read)]);
}

export function stop() {
  following?.abort();
  clearTimeout(timer);
  timer = 0;
  wanted = new Set();
  about.me = about.ready = null;
  for (const name of Object.keys(lists)) lists[name] = [];
}

// Names in words.
export const queueTitle = (name) => lists.queues.find((q) => q.name === name)?.title || name || "";
export function person(id) {
  const agent = id && lists.agents.find((a) => a.id === id);
  return agent?.name ? (agent.name.includes(id) ? agent.name : `${agent.name} (${id})`) : id ?? "";
}
