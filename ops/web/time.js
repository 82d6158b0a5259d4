// Times: those of the site, in its zone and by its clock, whatever the reader's machine says.

let ahead = 0; // by how many ms the daemon's clock is before this machine's
let zone = ""; // not known yet
let format = formatIn("UTC");

function formatIn(timeZone) {
  return new Intl.DateTimeFormat("en-GB", { timeZone, hourCycle: "h23", weekday: "short", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

// setZone takes the site's zone. One that the browser does not know leaves the last one.
export function setZone(name) {
  if (!name || name === zone) return;
  try {
    format = formatIn(name);
    zone = name;
  } catch { /* a zone that this browser does not have */ }
}

export const zoneName = () => zone || "UTC";
export const zoneIsKnown = () => zone !== "";

// heardDate takes the Date of an answer. It is of whole seconds, so a small difference is none.
export function heardDate(header, received = Date.now()) {
  const date = Date.parse(header);
  if (Number.isNaN(date)) return;
  const difference = date + 500 - received;
  ahead = Math.abs(difference) < 2000 ? 0 : difference;
}

// now is the daemon's time in ms.
export const now = () => Date.now() + ahead;

// parts of a time of the site: year, month, day, hour, minute, second, weekday (Mon …), all texts.
export const parts = (at) => Object.fromEntries(format.formatToParts(new Date(at)).map((p) => [p.type, p.value]));

export function time(at) {
  if (!at) return "";
  const p = parts(at);
  return `${p.hour}:${p.minute}:${p.second}`;
}

export function day(at) {
  const p = parts(at);
  return `${p.year}-${p.month}-${p.day}`;
}

// moment is a day and a time; of today the time alone.
export function moment(at) {
  if (!at) return "";
  const p = parts(at);
  return (day(at) === day(now()) ? "" : `${p.day}.${p.month}.${p.year} `) + `${p.hour}:${p.minute}:${p.second}`;
}

const two = (n) => String(n).padStart(2, "0");

// clock is a length in seconds, as 1:05 or 1:02:03.
export function clock(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  return s < 3600 ? `${Math.floor(s / 60)}:${two(s % 60)}` : `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
}

// ago is how long since a time, in seconds; left how long until it.
export const ago = (at) => (now() - Date.parse(at)) / 1000;
export const left = (at) => (Date.parse(at) - now()) / 1000;

// countdown has a minus once the time has passed.
export function countdown(at) {
  const seconds = left(at);
  return seconds < 0 ? `−${clock(-seconds)}` : clock(Math.ceil(seconds));
}
