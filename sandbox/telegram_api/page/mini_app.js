// A Mini App: the page of a web_app button in a sheet over the chat. It is framed and speaks by messages, as in the real apps.
import { post } from "./api.js";
import { byId, calm } from "./dom.js";
import { alertBox, ask } from "./dialogs.js";

const VERSION = "8.0";
const PLATFORM = "weba";
// Which of the chat's own colours stand for Telegram's names.
const COLOURS = {
  bg_color: "--surface", secondary_bg_color: "--surface-2", text_color: "--ink", hint_color: "--ink-2", link_color: "--link",
  button_color: "--accent", button_text_color: "--surface", header_bg_color: "--surface", bottom_bar_bg_color: "--surface-2",
  accent_text_color: "--accent", section_bg_color: "--surface", section_header_text_color: "--accent",
  subtitle_text_color: "--ink-2", destructive_text_color: "--danger",
};
const CLOSE_WORDS = { ok: "OK", close: "Fechar", cancel: "Cancelar" };
const COLOUR = /^#[0-9a-f]{6}$/i;

function theme() {
  const style = getComputedStyle(document.documentElement);
  const long = (colour) => (colour.length === 4 ? colour.replace(/[^#]/g, "$&$&") : colour);
  const found = Object.entries(COLOURS).map(([name, own]) => [name, long(style.getPropertyValue(own).trim())]);
  return { ...Object.fromEntries(found), button_text_color: "#ffffff" };
}

// The address with what Telegram adds to it. An own fragment of the page stays in front.
export function launchAddress(url, initData, colours) {
  const values = { tgWebAppData: initData, tgWebAppVersion: VERSION, tgWebAppPlatform: PLATFORM, tgWebAppThemeParams: JSON.stringify(colours) };
  const added = Object.entries(values).map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
  const own = new URL(url).hash;
  return `${url}${own ? (own.includes("=") ? "&" : "?") : "#"}${added}`;
}

export class MiniApp {
  // `actions.telegramLink(path)` follows a t.me address.
  constructor(actions) {
    this.actions = actions;
    this.dialog = byId("app");
    this.frame = null;
    this.mustConfirm = false;
    this.main = byId("app-main");
    this.back = byId("app-back");
    byId("app-close").addEventListener("click", () => this.leave());
    this.dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.leave();
    });
    this.dialog.addEventListener("click", (event) => { if (event.target === this.dialog) this.leave(); });
    this.dialog.addEventListener("animationend", () => { if (this.dialog.classList.contains("leaving")) this.shut(); });
    this.main.addEventListener("click", () => this.tell("main_button_pressed"));
    this.back.addEventListener("click", () => this.tell("back_button_pressed"));
    addEventListener("message", (event) => this.heard(event));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.tell("theme_changed", { theme_params: theme() }));
    new ResizeObserver(() => this.tellHeight()).observe(byId("app-body"));
  }

  async open(user, url, title) {
    const { init_data: initData } = await post("/init_data", { user });
    this.shut();
    byId("app-title").textContent = title;
    byId("app-host").textContent = new URL(url).host;
    this.frame = document.createElement("iframe");
    this.frame.title = `Mini App de ${title}`;
    // No navigation of the top window: what leaves the app goes through openLink.
    this.frame.setAttribute("sandbox", "allow-scripts allow-same-origin allow-forms allow-popups allow-modals allow-downloads");
    this.frame.allow = "clipboard-write";
    this.frame.src = launchAddress(url, initData, theme());
    byId("app-body").replaceChildren(this.frame);
    this.waiting(true);
    this.frame.addEventListener("load", () => this.waiting(false));
    this.dialog.showModal();
  }

  waiting(busy) {
    this.dialog.setAttribute("aria-busy", busy);
  }

  async leave() {
    if (!this.mustConfirm) return this.close();
    const buttons = [{ id: "", text: "Cancelar" }, { id: "close", text: "Fechar assim mesmo", danger: true }];
    if (await ask("O que você fez aqui pode não ter sido salvo.", buttons)) this.close();
    return undefined;
  }

  close() {
    if (!this.dialog.open) return;
    if (calm()) return this.shut();
    this.dialog.classList.add("leaving");
    return undefined;
  }

  shut() {
    this.dialog.classList.remove("leaving");
    if (this.dialog.open) this.dialog.close();
    byId("app-body").replaceChildren();
    this.frame = null;
    this.mustConfirm = false;
    this.main.hidden = true;
    this.back.hidden = true;
  }

  // --- messages ---

  tell(eventType, eventData = {}) {
    this.frame?.contentWindow.postMessage(JSON.stringify({ eventType, eventData }), "*");
  }

  tellHeight() {
    const height = byId("app-body").clientHeight;
    if (height) this.tell("viewport_changed", { height, is_state_stable: true, is_expanded: true });
  }

  // Only the framed page itself is heard: not what it frames, nor another window.
  heard({ source, data }) {
    if (!this.frame || source !== this.frame.contentWindow || typeof data !== "string") return;
    let told = null;
    try {
      told = JSON.parse(data);
    } catch {
      return;
    }
    const handlers = {
      iframe_ready: () => this.tellHeight(),
      web_app_ready: () => this.waiting(false),
      web_app_expand: () => this.tellHeight(),
      web_app_close: () => this.close(),
      web_app_open_link: ({ url }) => this.openLink(String(url)),
      web_app_open_tg_link: ({ path_full: path }) => {
        this.close();
        this.actions.telegramLink(String(path));
      },
      web_app_open_popup: (popup) => this.popup(popup),
      web_app_setup_main_button: (wanted) => this.showMain(wanted),
      web_app_setup_back_button: ({ is_visible: visible }) => { this.back.hidden = !visible; },
      web_app_setup_closing_behavior: ({ need_confirmation: needed }) => { this.mustConfirm = Boolean(needed); },
    };
    if (Object.hasOwn(handlers, told?.eventType)) handlers[told.eventType](told.eventData ?? {});
  }

  // Whatever a page asks for, only web addresses leave: a script: or data: address would run in the chat's name.
  openLink(url) {
    if (!/^https?:\/\//i.test(url)) return;
    if (navigator.userActivation?.isActive ?? true) window.open(url, "_blank", "noopener,noreferrer");
    else alertBox(`Abrir este endereço?\n${url}`, { url }); // without a touch the browser would block it
  }

  async popup({ title, message, buttons }) {
    const choices = buttons.map(({ id, type, text }) => ({ id, text: text || CLOSE_WORDS[type], danger: type === "destructive" }));
    this.tell("popup_closed", { button_id: await ask(message, choices, title) });
  }

  showMain({ is_visible: visible, is_active: active, is_progress_visible: busy, text, color, text_color: ink }) {
    this.main.hidden = !visible;
    this.main.disabled = !active || Boolean(busy);
    this.main.classList.toggle("busy", Boolean(busy));
    this.main.textContent = text;
    this.main.style.background = COLOUR.test(color) ? color : "";
    this.main.style.color = COLOUR.test(ink) ? ink : "";
  }
}
