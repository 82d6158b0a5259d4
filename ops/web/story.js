// One call, told from its start to its end, with its recordings.
import { get } from "./api.js";
import { person } from "./data.js";
import { open, refusal } from "./dialog.js";
import { $, el } from "./dom.js";
import { player } from "./player.js";
import { clock, moment, time } from "./time.js";
import { language, say } from "./words.js";

// tellCall opens the story of a call.
export async function tellCall(id) {
  let story;
  try {
    story = await get(`history/calls/${encodeURIComponent(id)}`, { words: language });
  } catch (error) {
    open(say("story"), el("p", { class: "wrong", role: "alert" }, refusal(error)));
    return;
  }
  showWith(`${say("story")}: ${moment(story.from)}`, el("ol", { class: "story" }, ...story.items.map((row) =>
    el("li", {}, el("time", { dateTime: row.at }, time(Date.parse(row.at))), row.words, row.length ? ` (${clock(row.length)})` : "",
      row.agent && !row.words.includes(row.agent) ? ` · ${person(row.agent)}` : "", row.name ? player(row.name) : null))));
}

// playAll opens the players of some recordings.
export function playAll(heading, names) {
  showWith(heading, ...names.map((name) => player(name)));
}

// showWith opens a dialog whose players fall silent when it is closed.
function showWith(heading, ...parts) {
  open(heading, ...parts);
  $("#dialog").addEventListener("close", () => document.querySelectorAll("#dialog .player").forEach((p) => p.stop()), { once: true });
}
