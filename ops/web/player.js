// The recordings of a talk: both sides at once, or one of them; seek, speed, download.
import { file, save } from "./api.js";
import { el } from "./dom.js";
import { refusal } from "./dialog.js";
import { clock } from "./time.js";
import { say } from "./words.js";

const sides = ["caller", "agent"];
const farApart = 0.15; // seconds that the two sides may be apart

// player is an element for the recording of a name. Its files are fetched when it is first played, since they may be large.
export function player(name) {
  const address = (side) => `api/v1/recordings/${name.replace(/^kezek\//, "").split("/").map(encodeURIComponent).join("/")}-${side}.wav`;
  const audio = Object.fromEntries(sides.map((side) => [side, new Audio()]));
  const lead = audio.caller;
  const wrong = el("p", { role: "alert", class: "wrong" });
  const play = el("button", { type: "button", onclick: toggle }, say("player.play"));
  const seek = el("input", { type: "range", min: 0, max: 0, step: "any", value: 0, disabled: true, "aria-label": say("player.seek"), oninput: () => sides.forEach((s) => { audio[s].currentTime = Number(seek.value); }) });
  const at = el("span", {}, "0:00");
  const speed = el("select", { "aria-label": say("player.speed"), onchange: () => sides.forEach((s) => { audio[s].playbackRate = Number(speed.value); }) },
    ...["0.75", "1", "1.25", "1.5", "2"].map((v) => el("option", { value: v, selected: v === "1" }, `${v}×`)));
  const blobs = {};
  let loading = null;

  function load() {
    loading ??= (async () => {
      for (const side of sides) {
        blobs[side] = await file(address(side));
        audio[side].src = URL.createObjectURL(blobs[side]);
      }
      await new Promise((ready, failed) => {
        lead.addEventListener("loadedmetadata", ready, { once: true });
        lead.addEventListener("error", () => failed(new Error(say("player.broken"))), { once: true });
      });
      seek.max = lead.duration;
      seek.disabled = false;
    })().catch((error) => {
      loading = null;
      wrong.textContent = refusal(error);
      throw error;
    });
    return loading;
  }

  async function toggle() {
    wrong.textContent = "";
    try {
      await load();
      if (lead.paused) await Promise.all(sides.map((s) => audio[s].play()));
      else sides.forEach((s) => audio[s].pause());
    } catch { /* told above */ }
  }

  const named = () => { play.textContent = say(lead.paused ? "player.play" : "player.pause"); };
  for (const event of ["play", "pause", "ended"]) lead.addEventListener(event, named);
  lead.addEventListener("ended", () => audio.agent.pause());
  lead.addEventListener("timeupdate", () => {
    seek.value = lead.currentTime;
    at.textContent = `${clock(lead.currentTime)} / ${clock(lead.duration || 0)}`;
    if (Math.abs(audio.agent.currentTime - lead.currentTime) > farApart) audio.agent.currentTime = lead.currentTime;
  });

  const side = (s) => el("label", {}, el("input", { type: "checkbox", checked: true, onchange: (event) => { audio[s].muted = !event.target.checked; } }), ` ${say(`player.${s}`)}`);
  const download = (s) => el("button", {
    type: "button", async onclick() {
      wrong.textContent = "";
      try {
        blobs[s] ??= await file(address(s));
        save(blobs[s], `${name.split("/").at(-1)}-${s}.wav`);
      } catch (error) {
        wrong.textContent = refusal(error);
      }
    },
  }, `${say("player.download")}: ${say(`player.${s}`)}`);
  const element = el("div", { class: "player", role: "group", "aria-label": say("player") }, play, seek, at, speed, ...sides.map(side), ...sides.map(download), wrong);
  // What is closed is silent, and keeps no memory.
  element.stop = () => sides.forEach((s) => {
    audio[s].pause();
    if (audio[s].src) URL.revokeObjectURL(audio[s].src);
    audio[s].removeAttribute("src");
  });
  return element;
}
