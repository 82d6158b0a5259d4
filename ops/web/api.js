// The API: questions, orders, and the stream of events, each with the reader's token. It knows when the daemon was heard last.
import { heardDate } from "./time.js";

const kept = "kezek-token";
const patience = 8000; // ms that an answer may take

export const token = () => sessionStorage.getItem(kept);
let signedOn = false; // by a proxy or at a provider: then the browser's cookie or the proxy says who asks
export const isIn = () => !!token() || signedOn;
export function setToken(secret) {
  signedOn = false;
  if (secret) sessionStorage.setItem(kept, secret);
  else sessionStorage.removeItem(kept);
}

// Whether a text can be a token: one typed with another keyboard layout cannot be sent.
export const canBeToken = (text) => /^[!-~]+$/.test(text);

// Refused is an answer that is no success: its HTTP status, the rules' refusal if it is one, and the detail.
export class Refused extends Error {
  constructor(status, problem) {
    super(problem.detail || `HTTP ${status}`);
    this.status = status;
    this.refusal = problem.refusal;
  }
}

let heard = performance.now(); // ms at the last sign of life; at first that the page was opened
export const heardNow = () => { heard = performance.now(); };
// age is for how many seconds the daemon was not heard.
export const age = () => (performance.now() - heard) / 1000;

// ask sends one request. A token that is not known any more is told to all by an event.
export async function ask(path, { method = "GET", body, signal, headers = {}, stream = false } = {}) {
  const sent = token();
  if (sent) headers.Authorization = `Bearer ${sent}`;
  if (method !== "GET") headers["X-Kezek"] = "1"; // no other site can send it, where a cookie says who asks
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const limit = new AbortController();
  const late = setTimeout(() => limit.abort(), patience);
  const signals = [limit.signal, ...(signal ? [signal] : [])];
  let answer;
  try {
    answer = await fetch(new URL(path, new URL("/", location)), {
      method, headers, body: body === undefined ? undefined : JSON.stringify(body), signal: AbortSignal.any(signals), cache: "no-store",
    });
    if (!stream) answer = new Response(answer.status === 204 ? null : await answer.blob(), { status: answer.status, headers: answer.headers }); // the limit is for all of it
  } finally {
    clearTimeout(late);
  }
  heardDate(answer.headers.get("Date"));
  if (answer.status === 401 && sent === token() && isIn()) document.dispatchEvent(new CustomEvent("kezek:unknown"));
  return answer;
}

// signOn finds out whether the reader has signed on without a token.
export async function signOn() {
  signedOn = !token() && (await ask("api/v1/me").catch(() => null))?.status === 200;
  return signedOn;
}

// canSignOn reports whether the daemon sends readers to a provider.
export async function canSignOn() {
  return (await fetch("/auth/login", { redirect: "manual" }).catch(() => null))?.type === "opaqueredirect";
}

// signOff ends the session of the reader, if there is one. That of a proxy is ended there.
export async function signOff() {
  if (!signedOn) return;
  const mine = (await items("sessions")).find((s) => s.current);
  if (mine) await act("DELETE", `sessions/${encodeURIComponent(mine.id)}`);
  signedOn = false;
}

async function checked(answer) {
  if (answer.ok) {
    heardNow();
    return answer;
  }
  let problem = {};
  try {
    problem = await answer.json();
  } catch { /* a proxy in between speaks for itself */ }
  throw new Refused(answer.status, problem);
}

// get is the JSON of an address below /api/v1/; parameters that are empty are left out.
export async function get(path, parameters = {}, options = {}) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== "" && value !== undefined && value !== null));
  const answer = await checked(await ask(`api/v1/${path}${query.size ? `?${query}` : ""}`, options));
  return answer.json();
}

export const items = async (path, parameters, options) => (await get(path, parameters, options)).items;

// act gives an order. It answers with what there is to show, if anything.
export async function act(method, path, body) {
  const answer = await checked(await ask(`api/v1/${path}`, { method, body }));
  return answer.status === 204 ? null : answer.json().catch(() => null);
}

// file fetches what a link alone cannot: it needs the token.
export async function file(path, parameters = {}) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value));
  const answer = await checked(await ask(`${path.replace(/^\//, "")}${query.size ? `?${query}` : ""}`, { stream: true })); // however long it takes
  return answer.blob();
}

// save gives a file to the reader.
export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

const silence = 10; // seconds without a sign of life after which a stream is given up
const pause = 1000; // ms before the next try

// listen follows the events until the signal: each goes to happened, in order; missed says that some are lost. After a break it goes on
// behind the last event that it had. A beat of the daemon counts as life; that of a daemon whose loop is stuck does not.
export async function listen({ signal, happened, missed }) {
  let last = "";
  let broken = false;
  while (!signal.aborted) {
    const mine = new AbortController();
    const stop = () => mine.abort();
    signal.addEventListener("abort", stop);
    const watch = setInterval(() => age() > silence && mine.abort(), 1000);
    try {
      const answer = await ask("api/v1/events", { signal: mine.signal, stream: true, headers: last ? { "Last-Event-ID": last } : {} });
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      heardNow();
      if (broken) missed(); // the lists may be older than the break
      broken = false;
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        const blocks = (rest + part.value).split("\n\n");
        rest = blocks.pop();
        for (const block of blocks) {
          const event = read(block);
          if (event.id) last = event.id;
          if (event.alive) heardNow();
          if (event.kind === "lost") missed();
          else if (event.data && event.kind !== "end") happened(JSON.parse(event.data));
        }
      }
    } catch { /* the age of the data tells it */ }
    clearInterval(watch);
    signal.removeEventListener("abort", stop);
    broken = true;
    if (!signal.aborted) await new Promise((next) => setTimeout(next, pause));
  }
}

// read takes apart one block of the stream.
function read(block) {
  const event = { alive: false };
  for (const line of block.split("\n")) {
    if (line.startsWith(": still here") || line.startsWith(": the journal")) event.alive = true;
    else if (line.startsWith("id: ")) event.id = line.slice(4);
    else if (line.startsWith("event: ")) event.kind = line.slice(7);
    else if (line.startsWith("data: ")) {
      event.data = line.slice(6);
      event.alive = true;
    }
  }
  return event;
}
