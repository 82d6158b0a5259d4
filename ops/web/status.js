// Words for what the lists hold: statuses, numbers, what is late.
import { lists } from "./data.js";
import { code, say, title } from "./words.js";

// status is an agent's status: the config's title, or the daemon's own word.
export function status(name) {
  const own = lists.statuses.find((s) => s.name === name);
  return own ? title(own.title) || code("status", name) : code("status", name);
}

export const number = (text) => text || say("withheld");
export const languageName = (l) => (l ? say(`language.${l}`, {}, l) : "");

// phone is what is wrong with an agent's phone, or how it is.
export function phone(a) {
  if (!a.reachable) return say("phone.gone");
  if (a.phone_fault) return code("fault", a.phone_fault);
  return say(a.in_use ? "phone.taken" : "phone.fine");
}

// isFree: calls come to the agent.
export const isFree = (a) => a.status === "waiting" && a.reachable && !a.phone_fault && !a.in_use && !a.unsupervised;
export const isWaiting = (c) => c.state === "waiting" || c.state === "offered";

// waitLevel judges a wait by the queue's service level: red once it is over, amber from three quarters on.
export function waitLevel(seconds, queue) {
  const within = queue?.service_level.within;
  if (!within) return "";
  return seconds > within ? "late" : seconds > 0.75 * within ? "soon" : "";
}

// serviceLevel judges a percentage by its target: amber under it; red when one and a half times as many wait too long as may.
export function serviceLevel(percent, target) {
  if (percent === null || percent === undefined || !target) return "";
  if (percent >= target) return "fine";
  return 100 - percent >= 1.5 * (100 - target) ? "late" : "soon";
}

export const callbackLevel = (c) => (c.breached ? "late" : c.escalated || c.urgent ? "soon" : "");
