// The wall: a screen that starts by itself from its address, for instance
//   /wall#token=…&queues=sales,repair&lang=ru&theme=dark&sound=1
// What is behind # is not sent to the server; the token is taken out of the address at once.
import { isIn, setToken } from "./api.js";
import { lists, start, stop } from "./data.js";
import { $, el, level, signs, write } from "./dom.js";
import { frame, theme } from "./frame.js";
import { callbackLevel, isFree, isWaiting, languageName, serviceLevel, waitLevel } from "./status.js";
import { clock, countdown } from "./time.js";
import { connection, levelOf, waited } from "./top.js";
import { languages, say, setLanguage } from "./words.js";

const mostCards = 8;
const address = new URLSearchParams([...new URLSearchParams(location.search), ...new URLSearchParams(location.hash.slice(1))]);
const chosen = (address.get("queues") ?? "").split(",").filter(Boolean);
let sounds = address.get("sound") === "1";

if (address.has("token")) {
  setToken(address.get("token"));
  address.delete("token");
  history.replaceState(null, "", `${location.pathname}${address.size ? `#${address}` : ""}`);
}
if (languages.includes(address.get("lang"))) setLanguage(address.get("lang"));

// A figure of a queue: its word, its text, its level.
function figures(q) {
  const calls = lists.calls.filter((c) => c.queue === q.name && isWaiting(c)).map(waited);
  const longest = Math.max(0, ...calls);
  const agents = lists.agents.filter((a) => a.queues.includes(q.name));
  const free = agents.filter(isFree);
  const due = lists.callbacks.filter((c) => c.queue === q.name).toSorted((a, b) => Date.parse(a.due_at) - Date.parse(b.due_at));
  const level30 = levelOf([q], "recent", "recent_judged"), today = levelOf([q], "percent", "judged");
  const spoken = Object.keys(q.waiting).map((l) => `${languageName(l)} ${free.filter((a) => a.languages.includes(l)).length}`).join(", ");
  return [
    ["top.waiting", String(calls.length), calls.length ? waitLevel(longest, q) : "fine"],
    ["column.longest", calls.length ? clock(longest) : "–", calls.length ? waitLevel(longest, q) : ""],
    ["wall.recent", level30 ? `${Math.round(level30.percent)} %` : "–", level30 ? serviceLevel(level30.percent, q.service_level.target) : ""],
    ["wall.today", today ? `${Math.round(today.percent)} %` : "–", today ? serviceLevel(today.percent, q.service_level.target) : ""],
    ["top.free", `${free.length}`, calls.length && !free.length ? "late" : "", spoken],
    ["wall.callbacks", due.length ? `${due.length}` : "–", due.length ? callbackLevel(due[0]) : "", due.length ? countdown(due[0].due_at) : ""],
  ];
}

const cards = new Map();
let loud = new Set(); // queues that are red

function draw() {
  const queues = (chosen.length ? chosen.map((name) => lists.queues.find((q) => q.name === name)).filter(Boolean) : lists.queues).slice(0, mostCards);
  for (const [name, card] of cards) {
    if (queues.some((q) => q.name === name)) continue;
    card.box.remove();
    cards.delete(name);
  }
  const red = new Set();
  queues.forEach((q, i) => {
    const list = figures(q);
    let card = cards.get(q.name);
    if (!card) {
      card = { name: el("h3"), cells: list.map(() => ({ dt: el("dt"), dd: el("dd"), more: el("dd", { class: "small" }) })) };
      card.box = el("section", { class: "card" }, card.name, el("dl", {}, ...card.cells.map(({ dt, dd, more }) => el("div", {}, dt, dd, more))));
      cards.set(q.name, card);
    }
    if ($("#cards").children[i] !== card.box) $("#cards").insertBefore(card.box, $("#cards").children[i] ?? null);
    write(card.name, q.title || q.name);
    list.forEach(([word, text, is, more = ""], n) => {
      const cell = card.cells[n];
      write(cell.dt, say(word));
      write(cell.dd, (signs[is] && is !== "fine" ? `${signs[is]} ` : "") + text);
      write(cell.more, more);
      cell.more.hidden = !more;
      level(cell.dd, is);
    });
    const levels = list.map(([, , is]) => is);
    const worst = ["late", "soon"].find((is) => levels.includes(is)) ?? "fine";
    level(card.box, worst);
    if (worst === "late") red.add(q.name);
  });
  if (sounds && [...red].some((name) => !loud.has(name))) beep();
  loud = red;
}

let audio;

// beep is three short tones. A browser lets a page sound by itself only if it is told so, or after a click.
function beep() {
  audio ??= new AudioContext();
  audio.resume();
  for (const i of [0, 1, 2]) {
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    volume.gain.value = 0.2;
    tone.frequency.value = 660 + 110 * i;
    tone.connect(volume).connect(audio.destination);
    tone.start(audio.currentTime + 0.3 * i);
    tone.stop(audio.currentTime + 0.3 * i + 0.2);
  }
}

const soundButton = () => $("#sound").setAttribute("aria-pressed", String(sounds));
$("#sound").addEventListener("click", () => {
  sounds = !sounds;
  soundButton();
  if (sounds) beep();
});
soundButton();

// Nothing stays on the same points of the screen: all of it goes round slowly, a few of them wide.
const round = 8, wide = 6;
let step = 0;
function shift() {
  const angle = 2 * Math.PI * step++ / round;
  document.body.style.transform = `translate(${Math.round(wide * Math.cos(angle))}px, ${Math.round(wide * Math.sin(angle))}px)`;
}

document.addEventListener("kezek:data", () => {
  if (!isIn()) return;
  $("#tables").hidden = false;
  connection($("#connection"));
  draw();
});

frame({ enter: () => start(() => {}), left: stop, redraw: draw });
if (["light", "dark"].includes(address.get("theme"))) theme(address.get("theme"));
setInterval(() => isIn() && !$("#tables").hidden && draw(), 1000);
setInterval(shift, 60000);
