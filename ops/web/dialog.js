// One dialog for all acts: facts about something, and forms that give orders. What cannot be undone is asked once more.
import { $, el, options, write } from "./dom.js";
import { Refused } from "./api.js";
import { say } from "./words.js";

const box = () => $("#dialog");

// open shows a dialog; parts are elements.
export function open(heading, ...parts) {
  const dialog = box();
  dialog.replaceChildren(
    el("header", {}, el("h2", { id: "dialog-heading" }, heading), el("button", { type: "button", class: "close", "aria-label": say("close"), onclick: () => dialog.close() }, "✕")),
    ...parts.filter(Boolean),
  );
  dialog.setAttribute("aria-labelledby", "dialog-heading");
  if (!dialog.open) dialog.showModal();
}

export const close = () => box().close();

// facts is a list of what is known; what has no value is left out.
export function facts(...pairs) {
  const list = el("dl", { class: "facts" });
  for (const [name, value] of pairs) {
    if (value === "" || value === null || value === undefined) continue;
    list.append(el("div", {}, el("dt", {}, name), el("dd", {}, String(value))));
  }
  return list;
}

// refusal says in words why something is not done.
export function refusal(error) {
  if (!(error instanceof Refused)) return say("refused.silent");
  if (error.refusal) return say(`refusal.${error.refusal}`, {}, error.message);
  if (error.status === 403) return `${say("refused.role")} (${error.message})`;
  if (error.status === 405 || (error.status === 404 && error.message.includes("openapi.yaml"))) return say("refused.unknown");
  return `${say("refused.other")} ${error.message}`;
}

// form gives an order. fields: [{name, label, type, choices, value, required, hint}]; send(values) gives it; ask is the question before one that
// cannot be undone; done(answer) is what is told then.
export function form({ legend, fields = [], submit, ask, send, done }) {
  const alert = el("p", { role: "alert", class: "wrong" });
  const question = el("p", { class: "question", hidden: true }, ask ?? "");
  const yes = el("button", {}, submit);
  const no = el("button", { type: "button", hidden: true, onclick: () => sure(false) }, say("no"));
  let asked = false;
  const sure = (is) => {
    asked = is;
    question.hidden = no.hidden = !is;
    yes.textContent = is ? `${say("yes")}: ${submit}` : submit;
    if (is) no.focus();
  };
  const inputs = fields.map((f) => {
    const id = `field-${Math.random().toString(36).slice(2)}`;
    const common = { id, name: f.name, required: f.required };
    const input = f.choices ? el("select", common) : el("input", { ...common, type: f.type ?? "text", value: f.value ?? "", maxLength: f.type === "text" || !f.type ? 200 : null, min: f.min, max: f.max, step: f.step, autocomplete: "off" });
    if (f.choices) options(input, f.choices, f.value ?? f.choices[0]?.[0]);
    return { f, input, line: el("p", { class: "field" }, el("label", { htmlFor: id }, f.label + (f.required ? " *" : "")), input) };
  });
  const element = el("form", {
    async onsubmit(event) {
      event.preventDefault();
      alert.textContent = "";
      if (ask && !asked) return sure(true);
      const values = Object.fromEntries(inputs.map(({ f, input }) => [f.name, input.value.trim()]));
      yes.disabled = true;
      try {
        const answer = await send(values);
        tell(done?.(answer) ?? say("done"));
        close();
      } catch (error) {
        alert.textContent = refusal(error);
      }
      yes.disabled = false;
      sure(false);
    },
  }, el("fieldset", {}, el("legend", {}, legend), ...inputs.map(({ line }) => line), question, el("p", { class: "buttons" }, yes, no), alert));
  return element;
}

// tell says what was done, beside the page's own words.
export function tell(text) {
  const told = $("#told");
  write(told, text);
  clearTimeout(told.timer);
  told.timer = setTimeout(() => write(told, ""), 8000);
}
