// The board: tables, drawn again from the API whenever something happens.
// Whatever a caller may have sent only ever becomes textContent.
"use strict";

const words = {
  ru: {
    queues: "Очереди", calls: "Звонки", callbacks: "Обратные звонки", agents: "Операторы", alarms: "Внимание", none: "пусто",
    token: "Токен", enter: "Войти", leave: "Выйти", refused: "Токен не подходит", away: "Kezek не отвечает", ready: "Всё работает",
    queue: "Очередь", waiting: "Ждут", longest: "Дольше всех", expected: "Ожидаемое время", level: "SL сегодня", notice: "Объявление", answered: "Отвечено", abandoned: "Потеряно",
    number: "Номер", language: "Язык", state: "Состояние", position: "Место", waited: "Ждёт", agent: "Оператор", hidden: "скрыт",
    name: "Имя", status: "Статус", since: "Длительность", call: "Звонок", phone: "Телефон", gone: "недоступен", taken: "занят", fine: "на связи",
    "state menu": "меню", "state waiting": "ждёт", "state offered": "звонит оператору", "state talking": "разговор", "hold callback": "обещан обратный звонок", "hold return": "возврат оператору", "hold requeue": "возврат в очередь", "state held": "на удержании", "state parked": "на парковке, место", "state transferring": "идёт перевод", "state transferred": "перевод выполнен", "state ending": "завершение",
    "status offline": "не на смене", "status waiting": "ожидание", "status ringing": "звонок", "status unwell": "плохо себя чувствует", "status talking": "работа с абонентом",
    "status wrapup": "оформление заявки", "status missed": "пропущенные звонки",
    due: "Срок", class: "Вид", attempts: "Попытки", owner: "За оператором", next: "Не раньше", note: "Заметка", owes: "Перезвонить", time: "Время", what: "Что", detail: "Подробности",
    "class information": "информация", "class manager": "менеджер", "class complaint": "жалоба",
    "callback booking": "сохраняется", "callback open": "ждёт", "callback on_line": "клиент на линии", "callback offered": "звонит оператору",
    "callback briefing": "оператор слушает", "callback dialling": "набираем клиента", "callback greeting": "приветствие", "callback talking": "разговор",
    "alarm violation": "нарушение", "alarm callback.warning": "прошло 2/3 срока", "alarm callback.escalation": "прошло 5/6 срока", "alarm callback.breach": "срок нарушен", "alarm hold.limit": "слишком долгое удержание", "alarm agent.unwell": "оператору плохо",
    "alarm callback.unreached": "не дозвонились", "alarm agent.phone": "телефон не работает", "alarm trunk.down": "линия оператора связи не работает", "alarm trunk.up": "линия оператора связи снова работает",
    "fault unreachable": "телефон не отвечает или отвечает 503", "fault dropped": "связь обрывается", "fault no_codec": "нет общего кодека", "fault no_audio": "нет звука", "fault broken": "кладёт трубку при ответе",
    callback_declined: "отклонён обратный звонок", callback_not_answered: "нет ответа на обратный звонок", callback_hung_up: "отбой до соединения с клиентом",
    callback_unplugged: "телефон отключён", callback_break: "перерыв вместо обратного звонка", callback_logout: "выход вместо обратного звонка",
    status_forbidden: "запрещённый статус", "alarm agent.overstay": "слишком долгий перерыв", "alarm agent.late": "опоздание", "alarm agent.absent": "отсутствие", "alarm agent.left_early": "ранний уход",
  },
  en: {
    queues: "Queues", calls: "Calls", callbacks: "Callbacks", agents: "Agents", alarms: "Attention", none: "none",
    token: "Token", enter: "Log in", leave: "Log out", refused: "Unknown token", away: "Kezek does not answer", ready: "Ready",
    queue: "Queue", waiting: "Waiting", longest: "Longest", expected: "Expected", level: "SL today", notice: "Notice", answered: "Answered", abandoned: "Abandoned",
    number: "Number", language: "Language", state: "State", position: "Place", waited: "Wait", agent: "Agent", hidden: "withheld",
    name: "Name", status: "Status", since: "For", call: "Call", phone: "Phone", gone: "unreachable", taken: "in use", fine: "reachable",
    due: "Due in", class: "Class", attempts: "Attempts", owner: "Owner", next: "Not before", note: "Note", owes: "Owes", time: "Time", what: "What", detail: "Detail",
    "state menu": "menu", "state waiting": "waiting", "state offered": "agent's phone rings", "state talking": "talking", "state held": "on hold", "state parked": "parked, slot", "state transferring": "being transferred", "state transferred": "transferred", "state ending": "ending",
    "status offline": "offline", "status waiting": "waiting", "status ringing": "ringing", "status unwell": "unwell", "status talking": "talking",
    "status wrapup": "wrap-up", "status missed": "missed calls",
    "class information": "information", "class manager": "manager", "class complaint": "complaint",
    "callback booking": "being stored", "callback open": "open", "callback on_line": "client on the line", "callback offered": "agent's phone rings",
    "callback briefing": "agent listens", "callback dialling": "calling the client", "callback greeting": "greeting", "callback talking": "talking",
    "alarm violation": "violation", "alarm callback.warning": "2/3 of the time has passed", "alarm callback.escalation": "5/6 of the time has passed", "alarm callback.breach": "deadline missed", "alarm hold.limit": "on hold for too long", "alarm agent.unwell": "agent is unwell",
    "alarm callback.unreached": "not reached", "alarm agent.phone": "phone does not work", "alarm trunk.down": "trunk takes no calls", "alarm trunk.up": "trunk works again",
    "fault unreachable": "no answer from the phone, or 503", "fault dropped": "its connection breaks", "fault no_codec": "no common codec", "fault no_audio": "no audio", "fault broken": "hangs up when it answers",
    "hold callback": "promised a callback", "hold return": "back to the agent", "hold requeue": "back in the queue",
    callback_declined: "declined a callback", callback_not_answered: "did not answer a callback", callback_hung_up: "hung up before the client was on the line",
    callback_unplugged: "phone unplugged", callback_break: "a break instead of a callback", callback_logout: "log-out instead of a callback",
    status_forbidden: "forbidden status", "alarm agent.overstay": "break too long", "alarm agent.late": "late", "alarm agent.absent": "absent", "alarm agent.left_early": "left early",
  },
};
const language = navigator.language.startsWith("en") ? "en" : "ru";
const say = (key, otherwise) => words[language][key] ?? otherwise ?? key;

const $ = (selector) => document.querySelector(selector);
const key = "kezek-token";
let stream; // ends the event stream

// get asks the API; a refused token leads back to the form.
async function get(path, options = {}) {
  const token = sessionStorage.getItem(key);
  const response = await fetch(path, { ...options, headers: { Authorization: `Bearer ${token}` } });
  if (response.status === 401) {
    if (token === sessionStorage.getItem(key)) leave(say("refused")); // else another was entered meanwhile
    throw new Error("refused");
  }
  return response;
}

const items = async (kind) => {
  const response = await get(`api/v1/${kind}`);
  if (!response.ok) throw new Error((await response.json()).detail);
  return (await response.json()).items;
};

function clock(seconds) {
  const s = Math.max(0, Math.round(seconds));
  const two = (n) => String(n).padStart(2, "0");
  return s < 3600 ? `${Math.floor(s / 60)}:${two(s % 60)}` : `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
}
const left = (time) => {
  const seconds = (Date.parse(time) - Date.now()) / 1000;
  return seconds < 0 ? `−${clock(-seconds)}` : clock(seconds);
};
const ago = (time) => (time ? clock((Date.now() - Date.parse(time)) / 1000) : "");

// draw fills a table: columns are [heading, text of a row].
function draw(id, columns, rows, mark = () => "") {
  const line = (cell, texts) => {
    const tr = document.createElement("tr");
    tr.append(...texts.map((text) => {
      const td = document.createElement(cell);
      td.textContent = text ?? "";
      return td;
    }));
    return tr;
  };
  const drawn = rows.map((row) => {
    const tr = line("td", columns.map(([, text]) => text(row)));
    tr.className = mark(row);
    if (row.due_at) tr.dataset.due = row.due_at;
    return tr;
  });
  if (!rows.length) {
    const tr = line("td", [say("none")]);
    tr.className = "none";
    drawn.push(tr);
  }
  $(id).replaceChildren(line("th", columns.map(([heading]) => say(heading))), ...drawn);
}

// tick keeps the time to each deadline true between two drawings.
function tick() {
  for (const tr of document.querySelectorAll("[data-due]")) tr.cells[0].textContent = left(tr.dataset.due);
}

let who = {}; // agents by id, in words
const person = (id) => (id ? who[id] ?? id : "");

let titles = {}; // of the statuses, by name, as the config has them
const standing = (status) => titles[status] ?? say(`status ${status}`, status);

// What a supervisor should look at, as it happens, the latest first.
const alarmed = ["violation", "callback.warning", "callback.escalation", "callback.breach", "hold.limit", "agent.unwell", "agent.phone", "trunk.down", "trunk.up", "agent.overstay", "agent.late", "agent.absent", "agent.left_early"];
const mostAlarms = 20;
let alarms = [];

function happened(event) {
  const data = event.split("\n").find((line) => line.startsWith("data: "));
  if (!data) return;
  const e = JSON.parse(data.slice(6));
  if (e.kind === "callback.ended" && e.callback_outcome === "unreached") e.kind = "callback.unreached";
  else if (!alarmed.includes(e.kind) || e.kind === "agent.phone" && e.phone_change !== "broken") return;
  alarms = [e, ...alarms].slice(0, mostAlarms);
  drawAlarms();
}

function drawAlarms() {
  $("#alarmed").hidden = !alarms.length;
  draw("#alarms", [
    ["time", (e) => new Date(e.at).toLocaleTimeString()],
    ["what", (e) => say(`alarm ${e.kind}`, e.kind)],
    ["agent", (e) => person(e.agent)],
    ["number", (e) => e.number],
    ["queue", (e) => e.queue],
    ["class", (e) => (e.class ? say(`class ${e.class}`, e.class) : "")],
    ["detail", (e) => say(e.kind === "hold.limit" ? `hold ${e.detail}` : e.kind === "agent.phone" ? `fault ${e.cause}` : e.detail, e.detail)],
  ], alarms, (e) => (e.kind === "callback.warning" || e.kind === "trunk.up" ? "" : e.kind === "callback.escalation" ? "soon" : "late"));
}

function drawAll(queues, calls, callbacks, agents, statuses) {
  titles = Object.fromEntries(statuses.map((s) => [s.name, s.title[language]]));
  const sum = (counts) => Object.values(counts).reduce((a, b) => a + b, 0);
  draw("#queues", [
    ["queue", (q) => q.title || q.name],
    ["waiting", (q) => `${sum(q.waiting)} (${Object.entries(q.waiting).map(([l, n]) => `${l} ${n}`).join(", ")})`],
    ["longest", (q) => (sum(q.waiting) ? clock(q.longest_wait) : "")],
    ["expected", (q) => (q.expected_wait ? clock(q.expected_wait) : "")],
    ["agents", (q) => Object.entries(q.agents).filter(([s]) => s !== "offline").map(([s, n]) => `${standing(s)} ${n}`).join(", ")],
    ["level", (q) => (q.service_level.percent === null ? "" : `${q.service_level.percent} %`)],
    ["answered", (q) => q.answered_today],
    ["abandoned", (q) => q.abandoned_today],
    ["notice", (q) => (q.notice ? `${q.notice.phrase}, ${new Date(q.notice.until).toLocaleTimeString()}` : "")],
  ], queues, (q) => (q.longest_wait > q.service_level.within ? "late" : ""));
  who = Object.fromEntries(agents.map((a) => [a.id, a.name ? `${a.name} (${a.id})` : a.id]));
  draw("#calls", [
    ["queue", (c) => c.queue],
    ["number", (c) => c.number || say("hidden")],
    ["language", (c) => c.language],
    ["state", (c) => say(`state ${c.state}`, c.state) + (c.hold?.slot ? ` ${c.hold.slot}` : "")],
    ["position", (c) => c.position],
    ["waited", (c) => clock(c.waited)],
    ["agent", (c) => (c.agent ? [c.agent] : c.hold ? [c.hold.agent] : c.offered_to).map(person).join(", ")],
    ["since", (c) => ago(c.since)],
  ], calls);
  draw("#callbacks", [
    ["due", (c) => left(c.due_at)],
    ["class", (c) => say(`class ${c.class}`, c.class)],
    ["number", (c) => c.number],
    ["queue", (c) => c.queue],
    ["language", (c) => c.language],
    ["state", (c) => say(`callback ${c.state}`, c.state)],
    ["attempts", (c) => c.attempts],
    ["next", (c) => (c.next_at ? new Date(c.next_at).toLocaleTimeString() : "")],
    ["owner", (c) => person(c.owner)],
    ["agent", (c) => person(c.agent)],
    ["note", (c) => c.note],
  ], callbacks, (c) => (c.breached ? "late" : c.escalated || c.urgent ? "soon" : ""));
  const numbers = Object.fromEntries([...calls, ...callbacks].map((c) => [c.id, c.number || say("hidden")]));
  draw("#agents", [
    ["agent", (a) => a.id],
    ["name", (a) => a.name],
    ["status", (a) => standing(a.status) + (a.after ? ` → ${standing(a.after)}` : "")],
    ["since", (a) => ago(a.since)],
    ["language", (a) => a.languages.join(", ")],
    ["queues", (a) => a.penalties.map((p) => p.queue + (p.penalty || p.by ? ":" + p.penalty : "")).join(", ")],
    ["call", (a) => numbers[a.call ?? a.callback] ?? a.call ?? a.callback],
    ["owes", (a) => a.owes.map((id) => numbers[id] ?? id).join(", ")],
    ["phone", (a) => say(!a.reachable ? "gone" : a.phone_fault ? `fault ${a.phone_fault}` : a.in_use ? "taken" : "fine")],
  ], agents.toSorted((a, b) => (a.status === "offline") - (b.status === "offline")), (a) => (a.status === "offline" ? "off" : !a.reachable || a.phone_fault || a.owes.length ? "late" : ""));
  drawAlarms();
}

function tell(text, bad) {
  $("#health").textContent = text;
  $("#health").className = bad ? "bad" : "";
}

let drawing = false, again = false;
async function refresh() {
  if (drawing) {
    again = true;
    return;
  }
  drawing = true;
  try {
    const ready = await (await get("readyz")).json();
    tell(ready.ready ? say("ready") : ready.faults.join("; "), !ready.ready);
    drawAll(...await Promise.all(["queues", "calls", "callbacks", "agents", "statuses"].map(items)));
    $("#tables").hidden = $("#leave").hidden = false;
    $("#enter").hidden = true;
  } catch (error) {
    if (sessionStorage.getItem(key)) tell(`${say("away")}: ${error.message}`, true);
  }
  drawing = false;
  if (again) {
    again = false;
    setTimeout(refresh, 200); // a burst of events is drawn once
  }
}

// listen draws at every event, and starts again when the stream ends.
async function listen() {
  stream?.abort();
  const mine = stream = new AbortController();
  while (!mine.signal.aborted) {
    try {
      const reader = (await get("api/v1/events", { signal: mine.signal })).body.getReader();
      const decoder = new TextDecoder();
      let rest = "";
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        const events = (rest + decoder.decode(part.value, { stream: true })).split("\n\n");
        rest = events.pop();
        events.forEach(happened);
        refresh();
      }
    } catch { /* told by refresh */ }
    await new Promise((next) => setTimeout(next, 2000));
  }
}

function enter() {
  refresh();
  listen();
}

function leave(why) {
  stream?.abort();
  sessionStorage.removeItem(key);
  alarms = [];
  $("#tables").hidden = $("#leave").hidden = true;
  $("#enter").hidden = false;
  $("#enter p").textContent = why ?? "";
  tell("", false);
}

for (const element of document.querySelectorAll("[data-say]")) element.textContent = say(element.dataset.say);
$("#enter span").textContent = say("token");
$("#enter button").textContent = say("enter");
$("#leave").textContent = say("leave");
$("#leave").addEventListener("click", () => leave());
$("#enter").addEventListener("submit", (event) => {
  event.preventDefault();
  const token = $("#enter input").value;
  $("#enter input").value = "";
  if (!/^[!-~]+$/.test(token)) { // such as one typed with another keyboard layout: it cannot be sent
    leave(say("refused"));
    return;
  }
  $("#enter p").textContent = "";
  sessionStorage.setItem(key, token);
  enter();
});
if (sessionStorage.getItem(key)) enter();
else leave();
setInterval(() => sessionStorage.getItem(key) && refresh(), 5000);
setInterval(tick, 1000);
