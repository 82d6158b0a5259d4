// Tables that are changed in place: a row keeps its element for as long as its key is there, so selection, scroll and focus stay.
import { $, el, level, signs } from "./dom.js";
import { language, say } from "./words.js";

// A column: id names its heading ("column." before it); text(row) is its cell. With live, the text changes with time alone.
// A head column names the row.
export class Table {
  // name is that of the table element; key(row) tells rows apart, mark(row) is their level, open(row) is what a row's button does, label(row) its name; act is the key of the button's words, "" for three dots.
  constructor(name, { columns, key = (row) => row.id, mark = () => "", open, label = key, act = "" }) {
    Object.assign(this, { columns, key, mark, open, label, act, rows: new Map(), language: "" });
    this.table = $(`#${name}`);
    this.table.setAttribute("role", "table");
    this.head = el("tr", { role: "row" });
    this.body = el("tbody", { role: "rowgroup" });
    this.empty = el("tr", { role: "row", class: "none" }, el("td", { role: "cell", colSpan: columns.length + (open ? 1 : 0) }));
    this.table.append(el("thead", { role: "rowgroup" }, this.head), this.body);
  }

  update(all) {
    if (this.language !== language) this.heading();
    const focused = this.body.contains(document.activeElement) ? document.activeElement : null;
    const keys = new Set(all.map(this.key));
    for (const [key, row] of this.rows) {
      if (!keys.has(key)) {
        row.tr.remove();
        this.rows.delete(key);
      }
    }
    this.empty.remove();
    let next = this.body.firstChild;
    for (const data of all) {
      const row = this.row(data);
      if (row.tr !== next) {
        if (next && next.nextSibling === row.tr) {
          const moved = next;
          this.body.append(moved); // it went down; its place comes later
          next = row.tr.nextSibling;
          continue;
        }
        this.body.insertBefore(row.tr, next);
      } else next = next.nextSibling;
    }
    if (!all.length) {
      this.empty.firstChild.textContent = say("none");
      this.body.append(this.empty);
    }
    if (focused && focused !== document.activeElement && focused.isConnected) focused.focus({ preventScroll: true });
  }

  // tick brings what changes with time up to date.
  tick() {
    for (const row of this.rows.values()) this.fill(row, true);
  }

  heading() {
    this.language = language;
    const heads = this.columns.map((c) => el("th", { scope: "col", role: "columnheader" }, say(`column.${c.id}`)));
    if (this.open) heads.push(el("th", { scope: "col", role: "columnheader" }, el("span", { class: "hidden" }, say("acts"))));
    this.head.replaceChildren(...heads);
    this.empty.firstChild.colSpan = heads.length;
    for (const row of this.rows.values()) {
      this.columns.forEach((c, i) => { row.cells[i].dataset.label = say(`column.${c.id}`); });
      row.texts.fill(null);
      row.named = row.marked = null;
    }
  }

  row(data) {
    const key = this.key(data);
    let row = this.rows.get(key);
    if (!row) {
      const cells = this.columns.map((c) => el(c.head ? "th" : "td", { role: c.head ? "rowheader" : "cell", scope: c.head ? "row" : null, "data-label": say(`column.${c.id}`) }, document.createTextNode("")));
      row = { tr: el("tr", { role: "row" }, ...cells), cells, texts: this.columns.map(() => null), named: null, marked: null };
      if (this.open) {
        row.button = el("button", { type: "button", class: "more", onclick: () => this.open(row.data) });
        row.tr.append(el("td", { role: "cell", class: "acts" }, row.button));
      }
      this.rows.set(key, row);
    }
    row.data = data;
    this.fill(row, false);
    return row;
  }

  fill(row, liveOnly) {
    this.columns.forEach((c, i) => {
      if (liveOnly && !c.live) return;
      const text = String(c.text(row.data) ?? "");
      if (row.texts[i] === text) return;
      row.texts[i] = text;
      row.cells[i].firstChild.data = text;
    });
    const is = this.mark(row.data);
    if (row.marked !== is) {
      row.marked = is;
      level(row.tr, is === "off" ? "" : is);
      row.tr.classList.toggle("off", is === "off");
      row.sign?.remove();
      row.sign = signs[is] && el("span", { class: "sign" }, ` ${signs[is]} `, el("span", { class: "hidden" }, say(`level.${is}`)));
      if (row.sign) row.cells[0].append(row.sign);
    }
    if (row.data.due_at && row.tr.dataset.due !== row.data.due_at) row.tr.dataset.due = row.data.due_at;
    if (row.button && !liveOnly) {
      const name = `${say(this.act || "acts")}: ${this.label(row.data)}`;
      if (row.named !== name) {
        row.button.setAttribute("aria-label", row.named = name);
        row.button.textContent = this.act ? say(this.act) : "⋯";
      }
    }
  }
}
