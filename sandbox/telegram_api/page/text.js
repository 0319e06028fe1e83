// A message's text and entities as DOM nodes. Offsets are UTF-16 units, which is how JavaScript counts.
import { el } from "./dom.js";

const BLOCKS = new Set(["pre", "blockquote", "expandable_blockquote"]);
const SAFE_LINK = /^(https?|tg|ton|mailto):/i;
// Unicode's rule LB20a, which phones keep and not every browser does: no line ends after the hyphen that begins a word (-R$ 9,90).
const HYPHENED = /(?<!\S)(-\p{L}\S*)/u;

function link(href, attributes = {}) {
  const address = SAFE_LINK.test(href) ? href : `https://${href}`;
  return el("a", { href: address, target: "_blank", rel: "noopener noreferrer", ...attributes });
}

function reveal(node) {
  node.classList.add("open");
  node.removeAttribute("role");
  node.removeAttribute("tabindex");
}

function pressable(node, label, action) {
  node.setAttribute("role", "button");
  node.setAttribute("tabindex", "0");
  node.setAttribute("aria-label", label);
  node.addEventListener("click", action);
  node.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      action(event);
    }
  });
  return node;
}

function spoiler() {
  const node = el("span", { class: "spoiler" });
  return pressable(node, "texto oculto, toque para mostrar", () => {
    reveal(node);
    node.removeAttribute("aria-label");
  });
}

function quote(expandable) {
  const node = el("blockquote", { class: expandable ? "expandable" : undefined });
  if (expandable) node.addEventListener("click", () => node.classList.toggle("open"));
  return node;
}

// The element for one entity; `text` is what it covers, `actions` what commands and code do when touched.
function wrapper(entity, text, actions) {
  switch (entity.type) {
    case "bold": return el("strong");
    case "italic": return el("em");
    case "underline": return el("u");
    case "strikethrough": return el("s");
    case "spoiler": return spoiler();
    case "code": return el("code", { title: "Copiar", onclick: () => actions.copy(text) });
    case "pre": return el("pre", { data: entity.language ? { language: entity.language } : {} });
    case "blockquote": return quote(false);
    case "expandable_blockquote": return quote(true);
    case "text_link": return link(entity.url, { title: entity.url });
    case "url": return link(text);
    case "email": return link(`mailto:${text}`);
    case "bot_command": return el("a", { href: "#", class: "command-link", onclick: (event) => {
      event.preventDefault();
      actions.command(text);
    } });
    case "mention": case "hashtag": case "cashtag": case "text_mention": return el("span", { class: "tag" });
    default: return el("span");
  }
}

function words(text) {
  return text.split(HYPHENED).map((part, index) => (index % 2 ? el("span", { class: "unbroken" }, part) : part));
}

// Entities come sorted, outer ones first. One that sticks out of its parent is cut at the parent's end.
function build(parent, text, from, to, entities, actions) {
  let at = from;
  let index = 0;
  while (index < entities.length) {
    const entity = entities[index];
    const begin = Math.max(entity.offset, at);
    const end = Math.min(entity.offset + entity.length, to);
    if (begin >= end) {
      index += 1;
      continue;
    }
    if (begin > at) parent.append(...words(text.slice(at, begin)));
    const inner = [];
    for (index += 1; index < entities.length && entities[index].offset < end; index += 1) inner.push(entities[index]);
    const node = wrapper(entity, text.slice(begin, end), actions);
    build(node, text, begin, end, inner, actions);
    parent.append(node);
    // A block ends its own line: the line end that follows it would show as an empty one.
    at = BLOCKS.has(entity.type) && text[end] === "\n" && end < to ? end + 1 : end;
    const left = inner.filter((other) => other.offset + other.length > end);
    if (left.length) entities = [...left, ...entities.slice(index)], index = 0;
  }
  if (at < to) parent.append(...words(text.slice(at, to)));
}

const EMOJI_ONLY = /^(?:\p{Extended_Pictographic}(?:\uFE0F|\u200D\p{Extended_Pictographic}|\p{Emoji_Modifier})*\s*){1,3}$/u;

export function textNode(text, entities, actions) {
  const node = el("div", { class: EMOJI_ONLY.test(text) ? "text emoji" : "text" });
  build(node, text, 0, text.length, entities, actions);
  return node;
}
