// The chat page: one person in one chat with the bot, kept up to date by the server's events.
import { follow, get, post } from "./api.js";
import { byId } from "./dom.js";
import { Composer } from "./composer.js";
import { alertBox, copy, menu, setUpViewer, toast, view } from "./dialogs.js";
import { Log } from "./log.js";
import { MiniApp } from "./mini_app.js";

const ACTION_MS = 5500;
const BUTTON_MS = 20_000;
const ACTIONS = { typing: "digitando", upload_photo: "enviando foto", upload_document: "enviando arquivo" };
const address = new URLSearchParams(location.search);

const state = { user: 0, chat: 0, bot: null, title: "", blocked: false, online: false, stream: null, waiting: new Map(), timer: 0 };

// --- what the person does ---

async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    toast(error.message);
    return null;
  }
}

const who = () => ({ user: state.user, chat: state.chat === state.user ? undefined : state.chat });
const send = (text, replied) => attempt(() => post("/send", { ...who(), text, reply_to: replied?.message_id }));
const edit = (message, text) => attempt(() => post("/edit", { ...who(), message_id: message.message_id, text }));
const remove = (message) => attempt(() => post("/delete", { ...who(), message_id: message.message_id }));

async function press(message, button, node) {
  if (node.classList.contains("waiting")) return;
  node.classList.add("waiting");
  node.setAttribute("aria-busy", "true");
  const place = { message_id: message.message_id, data: button.data };
  const query = await attempt(() => post("/press", { ...who(), ...place }));
  if (!query) return rest(place);
  state.waiting.set(query.callback_query_id, place);
  // The answer may have come on the stream before the answer to the press itself.
  if (early.has(query.callback_query_id)) answered(early.get(query.callback_query_id));
  setTimeout(() => finish(query.callback_query_id), BUTTON_MS);
}

const early = new Map();

// The message may have been edited meanwhile, so the button is looked up again, not remembered.
function rest({ message_id: id, data }) {
  const message = log.messages.get(id);
  const buttons = message ? message.buttons.flat() : [];
  log.nodes.get(id)?.querySelectorAll(".key").forEach((node, index) => {
    if (buttons[index]?.data === data) {
      node.classList.remove("waiting");
      node.removeAttribute("aria-busy");
    }
  });
}

function finish(queryId) {
  const place = state.waiting.get(queryId);
  state.waiting.delete(queryId);
  if (place) rest(place);
}

function stillWaiting(messageId) {
  for (const { message_id: id, data } of state.waiting.values()) {
    if (id !== messageId) continue;
    const buttons = log.messages.get(id)?.buttons.flat() ?? [];
    log.nodes.get(id)?.querySelectorAll(".key").forEach((node, index) => {
      if (buttons[index]?.data === data) node.classList.add("waiting");
    });
  }
}

function messageMenu(message, place) {
  const own = message.sender.id === state.user;
  const entries = [["reply", "Responder", () => composer.begin("reply", message)]];
  if (message.text) entries.push(["copy", "Copiar texto", () => copy(message.text)]);
  if (own) entries.push(["edit", "Editar", () => composer.begin("edit", message)]);
  if (own || state.chat === state.user) entries.push(["trash", "Apagar", () => remove(message), true]);
  menu(place, entries);
}

function chatMenu() {
  const change = state.blocked ? ["block", "Desbloquear o bot", () => block("/unblock")] : ["block", "Bloquear o bot", () => block("/block"), true];
  const more = [["reply", "Nova pessoa", addPerson], ["reply", "Novo grupo com todos", addGroup]];
  menu(byId("more").getBoundingClientRect(), [...more, ...(state.chat === state.user ? [change] : groupMenu())]);
}

// --- people and groups ---

const go = (user, chat, start) =>
  location.assign(`?${new URLSearchParams({ user, ...(chat && chat !== user && { chat }), ...(start && { start }) })}`);

async function addPerson() {
  const name = prompt("Como se chama?");
  const person = name && (await attempt(() => post("/people", { first_name: name })));
  if (person) go(person.id);
}

async function addGroup() {
  const title = prompt("Nome do grupo", "Família");
  const { people } = await get("");
  // Who makes a group is its first member.
  const members = [state.user, ...people.map(({ id }) => id).filter((id) => id !== state.user)];
  const group = title && (await attempt(() => post("/groups", { title, members })));
  if (group) go(state.user, group.id);
}

function groupMenu() {
  const change = (name, user = state.user) => attempt(() => post(`/groups/${name}`, { chat: state.chat, user }));
  const everybody = async () => {
    for (const { id } of (await get("")).people) await change("join", id);
  };
  const upgrade = async () => {
    const group = await change("migrate");
    if (group) go(state.user, group.id);
  };
  return [
    ["reply", "Pôr todas as pessoas no grupo", everybody],
    ["reply", "Pôr o bot no grupo", () => change("put_bot")],
    ["reply", "Virar supergrupo", upgrade],
    ["block", "Tirar o bot do grupo", () => change("remove_bot"), true],
  ];
}

const block = (path) => attempt(() => post(path, { user: state.user }));

// A t.me address of this very bot stays in the chat, its ?start=… said as the app says it; others lie outside.
function telegramLink(path) {
  const { pathname, searchParams } = new URL(path, "https://t.me");
  if (pathname.slice(1).toLowerCase() !== state.bot.username.toLowerCase()) {
    const url = `https://t.me${path}`;
    alertBox(`Abrir este endereço?\n${url}`, { url });
  } else if (searchParams.get("start")) openLink(searchParams.get("start"));
}

// A deep link opens the private chat, wherever it was found; its payload goes as the app sends it.
function openLink(payload) {
  if (state.chat === state.user) send(`/start ${payload}`);
  else go(state.user, 0, payload);
}

document.addEventListener("click", (event) => {
  const address = event.target.closest?.("a[href]")?.href;
  if (!address || !/^https?:\/\/t\.me\//i.test(address)) return;
  const { pathname, search } = new URL(address);
  if (pathname.slice(1).toLowerCase() !== state.bot?.username.toLowerCase()) return;
  event.preventDefault();
  telegramLink(pathname + search);
});

// ?start=… in the page's own address is a link that was opened from outside, once.
function opened() {
  const payload = address.get("start");
  if (!payload) return;
  address.delete("start");
  history.replaceState(null, "", `?${address}`);
  send(`/start ${payload}`);
}

const miniApp = new MiniApp({ telegramLink });
const openApp = (url) => attempt(() => miniApp.open(state.user, url, state.title));

const log = new Log({ press, openApp, copy, view, menu: messageMenu, find: (id) => log.find(id), command: (text) => send(text) });
const composer = new Composer({ send, edit, editLast: () => {
  const last = log.lastOwn();
  if (last) composer.begin("edit", last);
} });

// --- what the server tells ---

function answered({ query, text, show_alert: isAlert, url }) {
  if (!state.waiting.has(query)) return early.set(query, { query, text, show_alert: isAlert, url });
  finish(query);
  early.delete(query);
  if (url) alertBox(`Abrir este endereço?\n${url}`, { url });
  else if (text && isAlert) alertBox(text);
  else if (text) toast(text);
  return undefined;
}

function showAction(action) {
  clearTimeout(state.timer);
  const doing = ACTIONS[action];
  subtitle(doing ?? null);
  if (doing) state.timer = setTimeout(() => subtitle(null), ACTION_MS);
}

function subtitle(doing) {
  const node = byId("subtitle");
  const idle = state.bot?.id ? "bot" : "esperando o bot ligar…";
  node.textContent = state.online ? doing ?? (state.chat < 0 ? "grupo" : idle) : "conectando…";
  node.classList.toggle("busy", Boolean(doing) && state.online);
  node.classList.toggle("dots", Boolean(doing) && state.online);
}

const HANDLERS = {
  message: ({ message }) => {
    if (message.from_bot) showAction(null);
    log.add(message);
    if (document.hidden && message.from_bot) unseen(1);
  },
  edited: ({ message }) => changed(message),
  seen: ({ message }) => log.seen(message),
  deleted: ({ message }) => log.change(message),
  action: ({ action }) => showAction(action),
  answered,
  reaction: ({ message_id: id, emoji }) => log.react(id, emoji),
  keyboard: ({ keyboard }) => composer.setKeyboard(keyboard),
  blocked: () => setBlocked(true),
  unblocked: () => setBlocked(false),
  commands: () => loadCommands(),
  bot: () => load(),
  person: () => loadPeople(),
  reset: () => {
    miniApp.shut();
    start();
  },
};

function changed(message) {
  log.change(message);
  stillWaiting(message.message_id);
}

function setBlocked(blocked) {
  state.blocked = blocked;
  composer.setBlocked(blocked);
}

let unseenCount = 0;
function unseen(more) {
  unseenCount = more ? unseenCount + more : 0;
  document.title = unseenCount ? `(${unseenCount}) ${state.title}` : state.title;
}

// --- loading ---

const initials = (name) => name.split(/\s+/).slice(0, 2).map((word) => word[0] ?? "").join("").toUpperCase();

function showBot(bot, chat, description) {
  state.bot = bot;
  state.title = chat.title ?? bot.first_name;
  byId("title").textContent = state.title;
  byId("empty-title").textContent = state.title;
  byId("avatar").textContent = byId("empty-avatar").textContent = initials(state.title);
  if (description) byId("empty-text").textContent = description;
  unseen(0);
  subtitle(null);
}

async function loadCommands() {
  const commands = await attempt(() => get("/commands", { user: state.user, chat: state.chat }));
  if (commands) composer.setCommands(commands);
}

async function load() {
  const found = await get("/messages", { chat: state.chat });
  showBot(found.bot, found.chat, found.description);
  log.show(found.messages, state.user, state.chat < 0);
  composer.setKeyboard(found.reply_keyboard);
  setBlocked(found.blocked);
  return found.seq;
}

async function loadPeople() {
  const { people, groups } = await get("");
  const select = byId("who-select");
  const choices = people.flatMap((person) => [
    [`${person.id}`, person.first_name],
    ...groups.filter(({ members }) => members.includes(person.id)).map(({ id, title }) => [`${person.id}:${id}`, `${person.first_name} em ${title}`]),
  ]);
  select.replaceChildren(...choices.map(([value, label]) => new Option(label, value)));
  select.value = state.chat === state.user ? `${state.user}` : `${state.user}:${state.chat}`;
  byId("who").hidden = choices.length < 2;
  return people;
}

async function start() {
  state.stream?.close();
  const people = (await get("")).people;
  const wanted = Number(address.get("user"));
  state.user = people.some(({ id }) => id === wanted) ? wanted : people[0].id;
  state.chat = Number(address.get("chat")) || state.user;
  const seq = await load();
  await Promise.all([loadPeople(), loadCommands()]);
  state.online = true;
  subtitle(null);
  state.stream = follow(state.chat, seq, {
    onEvent: (event) => HANDLERS[event.kind]?.(event),
    onBreak: () => { state.online = false; subtitle(null); },
    onAgain: () => start().catch(retry),
  });
  document.documentElement.dataset.ready = "yes";
}

function retry() {
  state.online = false;
  subtitle(null);
  setTimeout(() => start().catch(retry), 1000);
}

byId("who-select").addEventListener("change", ({ target }) => {
  const [user, chat] = target.value.split(":");
  location.search = new URLSearchParams({ user, ...(chat && { chat }) });
});
byId("more").addEventListener("click", chatMenu);
byId("start").addEventListener("click", () => send("/start"));
byId("unblock").addEventListener("click", () => block("/unblock"));
document.addEventListener("visibilitychange", () => !document.hidden && unseen(0));
setUpViewer();
start().then(() => {
  composer.focus();
  opened();
}, retry);
