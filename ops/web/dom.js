// Elements. Whatever a caller may have sent only ever becomes text.

export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

// el makes an element: properties by name, attributes too; children are elements or texts.
export function el(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "class") element.className = value;
    else if (key in element && key !== "list" && key !== "role") element[key] = value;
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

// write sets a text only where it differs, so that selections and screen readers are left alone.
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// options fills a select with [value, text] and keeps what is chosen, if it is still there.
export function options(select, list, chosen = select.value) {
  const same = select.options.length === list.length && list.every(([value, text], i) => select.options[i].value === value && select.options[i].text === text);
  if (!same) select.replaceChildren(...list.map(([value, text]) => el("option", { value }, text)));
  select.value = list.some(([value]) => value === chosen) ? chosen : list[0]?.[0] ?? "";
}

// level marks an element: "late" is red, "soon" amber, "fine" green, "" none. The sign beside the colour is for those who do not see it.
export function level(element, is) {
  if (is) element.dataset.level = is;
  else delete element.dataset.level;
}

export const signs = { late: "■", soon: "▲", fine: "●" };
