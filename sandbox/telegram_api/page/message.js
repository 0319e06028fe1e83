// One message as a bubble: author, quote, media, text, time, and the keyboard under it.
import { el, icon, ticks } from "./dom.js";
import { textNode } from "./text.js";

const ZONE = "America/Sao_Paulo";
const clock = new Intl.DateTimeFormat("pt-BR", { hour: "2-digit", minute: "2-digit", timeZone: ZONE });
const dayNumber = new Intl.DateTimeFormat("sv-SE", { timeZone: ZONE });
const dayName = new Intl.DateTimeFormat("pt-BR", { day: "numeric", month: "long", timeZone: ZONE });
const SERVICE = {
  group_chat_created: "Grupo criado",
  supergroup_chat_created: "Grupo criado",
  pinned_message: "Mensagem fixada",
  new_chat_members: "Alguém entrou no grupo",
  left_chat_member: "Alguém saiu do grupo",
  migrate_to_chat_id: "Este grupo virou um supergrupo",
  migrate_from_chat_id: "Este supergrupo era um grupo",
};
const MAX_PHOTO = 380;
const SMALLEST_LABEL = 12;

export const dayOf = (seconds) => dayNumber.format(new Date(seconds * 1000));
export const timeOf = (seconds) => clock.format(new Date(seconds * 1000));

export function dayLabel(seconds, now = Date.now()) {
  const day = dayOf(seconds);
  if (day === dayNumber.format(now)) return "Hoje";
  if (day === dayNumber.format(now - 86_400_000)) return "Ontem";
  return dayName.format(new Date(seconds * 1000));
}

export function sizeOf(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toLocaleString("pt-BR", { maximumFractionDigits: 1 })} KB`;
  return `${(bytes / 1024 / 1024).toLocaleString("pt-BR", { maximumFractionDigits: 1 })} MB`;
}

export const summary = (message) =>
  message.text || (message.photo ? "Foto" : message.document ? message.document.file_name : "Mensagem");

function photo(message, actions) {
  const { href, width, height } = message.photo;
  const picture = el("img", { src: href, width, height, alt: message.text || "Foto", loading: "lazy", decoding: "async" });
  return el("button", { type: "button", class: "photo", "aria-label": "Ampliar foto", onclick: () => actions.view(href) }, picture);
}

function documentCard(message) {
  const { href, file_name: name, file_size: size } = message.document;
  return el("a", { class: "document", href, download: name, "aria-label": `Baixar ${name}, ${sizeOf(size)}` },
    el("span", { class: "document-icon" }, icon("file")),
    el("span", { class: "document-names" },
      el("span", { class: "document-name" }, name),
      el("span", { class: "document-size" }, sizeOf(size))));
}

// A change of buttons alone is not shown as an edit.
const wasRewritten = (message) => message.history.some(({ html }) => html !== message.html);

function meta(message, mine) {
  const time = el("time", { datetime: new Date(message.date * 1000).toISOString() }, timeOf(message.date));
  return el("span", { class: "meta" },
    wasRewritten(message) && el("span", {}, "editada"),
    time,
    mine && ticks(message.seen));
}

function quote(replied, actions) {
  if (!replied) return null;
  return el("button", { type: "button", class: "quote", onclick: () => actions.find(replied.message_id) },
    el("b", {}, replied.sender.first_name), el("span", {}, summary(replied)));
}

function key(button, message, actions) {
  const { url, web_app: app } = button;
  if (url) return el("a", { class: "key", href: url, target: "_blank", rel: "noopener noreferrer", title: url }, button.text, icon("out"));
  if (app) return el("button", { type: "button", class: "key", title: button.text, onclick: () => actions.openApp(app) }, button.text, icon("app"));
  const node = el("button", { type: "button", class: "key", title: button.text }, button.text);
  if (button.data !== undefined) node.addEventListener("click", () => actions.press(message, button, node));
  else if (button.copy_text) node.addEventListener("click", () => actions.copy(button.copy_text.text));
  return node;
}

function keys(message, actions) {
  if (!message.buttons.length) return null;
  const rows = message.buttons.map((row) => el("div", { class: "row" }, ...row.map((button) => key(button, message, actions))));
  return el("div", { class: "keys", role: "group", "aria-label": "Botões da mensagem" }, ...rows);
}

// A label too wide for its button gets smaller, as far as it can still be read; what is left over ends in an ellipsis.
export function fitKeys(node) {
  const labels = [...node.querySelectorAll(".key")];
  const isTooWide = (label) => label.scrollWidth > label.clientWidth;
  const sizeOf = (label) => Number.parseFloat(getComputedStyle(label).fontSize);
  // By steps, and all of them again: the padding does not shrink with the letters, and where one shrinks, all get narrower.
  for (let left = labels.filter(isTooWide); left.length; left = left.filter((label) => sizeOf(label) > SMALLEST_LABEL)) {
    for (const label of left) label.style.fontSize = `${Math.max(SMALLEST_LABEL, sizeOf(label) - 0.5)}px`;
    left = labels.filter(isTooWide);
  }
}

function bubble(message, { me, replied, showAuthor }, actions) {
  const stamp = meta(message, message.sender.id === me);
  const node = el("div", { class: "bubble" },
    el("span", { class: "sr-only" }, `${message.sender.first_name}, ${timeOf(message.date)}: `),
    showAuthor && el("b", { class: "author", "aria-hidden": "true" }, message.sender.first_name),
    quote(replied, actions),
    message.photo && photo(message, actions),
    message.document && documentCard(message));
  if (message.text) {
    const text = textNode(message.text, message.entities, actions);
    text.append(stamp);
    node.append(text);
  } else node.append(stamp);
  return node;
}

function service(message) {
  return el("div", { class: "service", data: { messageId: message.message_id } }, SERVICE[message.service]);
}

export function messageNode(message, context, actions) {
  if (message.service) return service(message);
  const classes = ["message", message.sender.id === context.me ? "out" : "in"];
  if (message.photo) classes.push("has-photo");
  if (message.text) classes.push("has-caption");
  if (message.buttons.length) classes.push("has-keys");
  const node = el("div", { class: classes.join(" "), data: { messageId: message.message_id } });
  if (message.photo) node.style.setProperty("--photo-width", `${Math.min(MAX_PHOTO, Math.max(220, message.photo.width))}px`);
  const options = el("button", { type: "button", class: "options", "aria-label": "Opções da mensagem", "aria-haspopup": "menu",
    onclick: (event) => actions.menu(message, event.currentTarget.getBoundingClientRect()) }, icon("more"));
  node.append(el("div", { class: "column" }, bubble(message, context, actions), keys(message, actions), options));
  return node;
}
