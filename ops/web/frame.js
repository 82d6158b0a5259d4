// What all pages have: the log-in, the choices of language and theme, the state of the connection, and the clock.
import { canBeToken, canSignOn, isIn, setToken, signOff, signOn, token } from "./api.js";
import { about } from "./data.js";
import { refusal } from "./dialog.js";
import { $, options, write } from "./dom.js";
import { connection, siteClock } from "./top.js";
import { language, languageNames, languages, say, setLanguage, translate } from "./words.js";

const keptTheme = "kezek-theme";

export function theme(is = localStorage.getItem(keptTheme) ?? "") {
  if (is) document.documentElement.dataset.theme = is;
  else delete document.documentElement.dataset.theme;
}

function choices() {
  document.title = `Kezek · ${say(document.body.dataset.page || "nav.live")}`;
  options($("#language"), languages.map((l) => [l, languageNames[l]]), language);
  options($("#theme"), ["", "light", "dark"].map((t) => [t, say(`theme.${t || "system"}`)]), localStorage.getItem(keptTheme) ?? "");
}

// frame starts a page: enter is called with a token, left when there is none any more, redraw after another language was chosen.
export function frame({ enter, left, redraw }) {
  theme();
  translate();
  choices();
  $("#language").addEventListener("change", (event) => setLanguage(event.target.value));
  $("#theme").addEventListener("change", (event) => {
    localStorage.setItem(keptTheme, event.target.value);
    theme();
    document.dispatchEvent(new CustomEvent("kezek:theme"));
  });
  document.addEventListener("kezek:language", () => {
    choices();
    if (isIn()) redraw();
  });

  const leave = (why) => {
    setToken(null);
    canSignOn().then((can) => { $("#sign-on").hidden = !can; });
    $("#dialog")?.close();
    $("#tables").hidden = $("#leave").hidden = true;
    $("#enter").hidden = false;
    $("#enter p").textContent = why ?? "";
    write($("#who"), "");
    write($("#connection"), "");
    left();
  };
  const begin = () => {
    $("#enter").hidden = true;
    $("#leave").hidden = false;
    enter();
  };
  document.addEventListener("kezek:unknown", () => leave(say("refused.token")));
  $("#leave").addEventListener("click", async () => {
    try {
      await signOff();
      leave();
    } catch (error) {
      if ($("#told")) write($("#told"), refusal(error));
    }
  });
  $("#enter").addEventListener("submit", (event) => {
    event.preventDefault();
    const input = $("#enter input");
    const secret = input.value;
    input.value = "";
    if (!canBeToken(secret)) {
      leave(say("refused.token"));
      return;
    }
    $("#enter p").textContent = "";
    setToken(secret);
    begin();
  });
  const state = () => {
    siteClock($("#clock"));
    if (!isIn()) return;
    connection($("#connection"));
    write($("#who"), about.me ? `${about.me.name} (${say(`role.${about.me.role}`)})` : "");
  };
  setInterval(state, 500);
  document.addEventListener("kezek:data", state);
  state();
  const enterOrAsk = async () => (token() || await signOn() ? begin() : leave());
  enterOrAsk();
}
