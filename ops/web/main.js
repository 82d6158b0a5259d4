// The live page.
import { isIn } from "./api.js";
import { bookCallback, show } from "./acts.js";
import { drawAlarms, forgetAlarms, happened, makeAlarms, readAlarms } from "./alarms.js";
import { may, start, stop } from "./data.js";
import { $ } from "./dom.js";
import { followFilters } from "./filters.js";
import { frame } from "./frame.js";
import { draw, forgetGaveUp, makeTables, readGaveUp, tick } from "./live.js";
import { connection, drawTop, openWith } from "./top.js";

const drawAll = () => {
  drawTop();
  draw();
  drawAlarms();
};

makeTables(show);
makeAlarms();
openWith(show);
followFilters(drawAll);
$("#book").addEventListener("click", () => bookCallback());

let lateReading = 0;
const soonGaveUp = () => {
  clearTimeout(lateReading);
  lateReading = setTimeout(() => isIn() && readGaveUp(), 3000); // the history has it a moment later
};

document.addEventListener("kezek:data", () => {
  if (!isIn()) return;
  const first = $("#tables").hidden;
  $("#tables").hidden = false;
  $("#book").hidden = !may("supervisor");
  connection($("#connection"));
  drawAll();
  if (first) {
    readAlarms();
    readGaveUp();
  }
});

frame({
  enter: () => start((event) => {
    happened(event);
    if (event.kind === "call.ended" || event.kind === "callback.booked") soonGaveUp();
  }),
  left() {
    stop();
    forgetAlarms();
    forgetGaveUp();
  },
  redraw: drawAll,
});
setInterval(() => {
  if (!isIn() || $("#tables").hidden) return;
  drawTop();
  tick();
}, 1000);
setInterval(() => isIn() && !$("#tables").hidden && readAlarms(), 20000);
