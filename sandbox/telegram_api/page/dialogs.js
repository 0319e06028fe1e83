// Toasts, alerts, the picture viewer and small menus.
import { byId, el, icon } from "./dom.js";

const TOAST_MS = 3200;
let toastTimer = 0;

export function toast(text) {
  const node = byId("toast");
  clearTimeout(toastTimer);
  node.hidden = true;
  node.textContent = text;
  node.hidden = false;
  toastTimer = setTimeout(() => { node.hidden = true; }, TOAST_MS);
}

let dismiss = () => {};

// The answer is the id of the button, or null when the box was left by Escape or by another box. Buttons are {id, text, danger}.
export function ask(text, buttons, title = "") {
  const dialog = byId("alert");
  return new Promise((answer) => {
    const choices = buttons.map(({ id, text: label, danger }) =>
      el("button", { type: "button", class: danger && "danger", onclick: () => { answer(id); dialog.close(); } }, label));
    show(text, choices, title);
    dismiss = () => answer(null);
    dialog.onclose = () => { if (!dialog.open) dismiss(); }; // of a box that gave way to this one the news comes late
  });
}

function show(text, buttons, title = "") {
  const dialog = byId("alert");
  dismiss();
  dismiss = () => {};
  if (dialog.open) dialog.close();
  byId("alert-title").textContent = title;
  byId("alert-title").hidden = !title;
  byId("alert-text").textContent = text;
  byId("alert-buttons").replaceChildren(...buttons);
  dialog.showModal();
}

export function alertBox(text, { url } = {}) {
  const dialog = byId("alert");
  const buttons = [el("button", { type: "button", onclick: () => dialog.close() }, url ? "Cancelar" : "OK")];
  if (url) {
    buttons.push(el("a", { href: url, target: "_blank", rel: "noopener noreferrer", onclick: () => dialog.close() }, "Abrir"));
  }
  show(text, buttons);
}

export function view(href) {
  const dialog = byId("viewer");
  byId("viewer-image").src = href;
  byId("viewer-download").href = href;
  dialog.showModal();
}

export function setUpViewer() {
  const dialog = byId("viewer");
  byId("viewer-close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => {
    if (!event.target.closest(".viewer-bar")) dialog.close();
  });
}

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast("Copiado");
  } catch {
    toast("O navegador não deixou copiar");
  }
}

// A menu at a place of the screen; entries are [icon, label, action, danger].
export function menu(place, entries) {
  const popup = byId("popup");
  const opener = document.activeElement;
  const close = () => {
    popup.hidden = true;
    removeEventListener("pointerdown", outside, true);
    removeEventListener("keydown", keys, true);
  };
  const outside = (event) => { if (!popup.contains(event.target)) close(); };
  const buttons = entries.map(([name, label, action, danger]) =>
    el("button", { type: "button", role: "menuitem", class: danger && "danger", onclick: () => { close(); action(); } }, icon(name), label));
  const keys = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) buttons[(buttons.indexOf(document.activeElement) + step + buttons.length) % buttons.length].focus();
    else if (event.key === "Escape" || event.key === "Tab") {
      close();
      opener?.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  popup.replaceChildren(...buttons);
  popup.hidden = false;
  const { offsetWidth: width, offsetHeight: height } = popup;
  popup.style.left = `${Math.max(8, Math.min(place.left, innerWidth - width - 8))}px`;
  popup.style.top = `${place.bottom + height + 8 > innerHeight ? Math.max(8, place.top - height) : place.bottom}px`;
  addEventListener("pointerdown", outside, true);
  addEventListener("keydown", keys, true);
  buttons[0]?.focus();
}
