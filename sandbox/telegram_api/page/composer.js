// The text box: sending, editing, answering, the command menu and the bot's own keyboard.
import { byId, el } from "./dom.js";
import { summary } from "./message.js";

export class Composer {
  constructor({ send, edit, editLast }) {
    this.send = send;
    this.edit = edit;
    this.commands = [];
    this.shown = [];
    this.selected = -1;
    this.context = null;
    this.text = byId("text");
    this.menuButton = byId("menu");
    this.list = byId("commands");
    this.text.addEventListener("input", () => this.typed());
    this.text.addEventListener("keydown", (event) => this.key(event, editLast));
    this.text.addEventListener("blur", () => setTimeout(() => this.openedByTyping && this.closeMenu(), 150));
    byId("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.menuButton.addEventListener("click", () => (this.list.hidden ? this.openMenu("", false) : this.closeMenu()));
    byId("context-close").addEventListener("click", () => this.cancel());
    byId("keyboard-toggle").addEventListener("click", () => this.toggleKeyboard());
    addEventListener("pointerdown", (event) => {
      if (!event.target.closest("#commands, #menu, #text")) this.closeMenu();
    });
  }

  focus() {
    // A touch screen would open its keyboard over the conversation.
    if (matchMedia("(hover: hover)").matches) this.text.focus();
  }

  setCommands(commands) {
    this.commands = commands;
    this.menuButton.hidden = commands.length === 0;
  }

  typed() {
    this.text.style.height = "auto";
    this.text.style.height = `${this.text.scrollHeight}px`;
    byId("send").disabled = this.text.value.trim() === "";
    const prefix = /^\/(\w*)$/.exec(this.text.value);
    if (prefix) this.openMenu(prefix[1].toLowerCase(), true);
    else this.closeMenu();
  }

  setText(value) {
    this.text.value = value;
    this.typed();
  }

  async submit() {
    const value = this.text.value;
    if (!value.trim()) return;
    const context = this.context;
    this.closeMenu();
    const done = context?.kind === "edit" ? await this.edit(context.message, value) : await this.send(value, context?.message);
    if (done) {
      this.cancel();
      this.setText("");
    }
  }

  key(event, editLast) {
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!this.list.hidden && step) this.select((this.selected + step + this.shown.length) % this.shown.length);
    else if (!this.list.hidden && event.key === "Tab" && this.selected >= 0) this.setText(`/${this.shown[this.selected].command} `);
    else if (!this.list.hidden && event.key === "Enter" && this.selected >= 0) this.choose(this.shown[this.selected]);
    else if (event.key === "Enter" && !event.shiftKey) this.submit();
    else if (event.key === "Escape") this.list.hidden ? this.cancel() : this.closeMenu();
    else if (event.key === "ArrowUp" && this.text.value === "") editLast();
    else return;
    event.preventDefault();
  }

  // --- the command menu ---

  openMenu(prefix, byTyping) {
    this.shown = this.commands.filter(({ command }) => command.startsWith(prefix));
    if (!this.shown.length) return this.closeMenu();
    this.openedByTyping = byTyping;
    this.list.replaceChildren(...this.shown.map((command, index) =>
      el("button", { type: "button", role: "option", class: "command", id: `command-${index}`, tabindex: byTyping ? "-1" : "0",
        "aria-selected": "false", onclick: () => this.choose(command) },
      el("b", {}, `/${command.command}`), el("span", {}, command.description))));
    this.list.hidden = false;
    this.expanded(true);
    this.select(byTyping && prefix ? 0 : -1);
    if (!byTyping) this.list.firstElementChild.focus();
  }

  closeMenu() {
    this.list.hidden = true;
    this.selected = -1;
    this.expanded(false);
    this.text.removeAttribute("aria-activedescendant");
  }

  expanded(open) {
    this.menuButton.setAttribute("aria-expanded", open);
  }

  select(index) {
    this.selected = index;
    [...this.list.children].forEach((node, at) => node.setAttribute("aria-selected", at === index));
    if (index < 0) return;
    this.list.children[index].scrollIntoView({ block: "nearest" });
    this.text.setAttribute("aria-activedescendant", `command-${index}`);
  }

  async choose({ command }) {
    this.closeMenu();
    this.setText("");
    await this.send(`/${command}`);
    this.focus();
  }

  // --- editing and answering ---

  begin(kind, message) {
    this.context = { kind, message };
    byId("context-icon").setAttribute("href", `#i-${kind}`);
    byId("context-title").textContent = kind === "edit" ? "Editar mensagem" : `Responder a ${message.sender.first_name}`;
    byId("context-text").textContent = summary(message);
    byId("context").hidden = false;
    byId("send-icon").setAttribute("href", kind === "edit" ? "#i-check" : "#i-send");
    byId("send").setAttribute("aria-label", kind === "edit" ? "Salvar" : "Enviar");
    if (kind === "edit") this.setText(message.text);
    this.text.focus();
  }

  cancel() {
    if (!this.context) return;
    if (this.context.kind === "edit") this.setText("");
    this.context = null;
    byId("context").hidden = true;
    byId("send-icon").setAttribute("href", "#i-send");
    byId("send").setAttribute("aria-label", "Enviar");
  }

  // --- the bot's keyboard, and a bot that was blocked ---

  setKeyboard(keyboard) {
    const rows = keyboard?.keyboard ?? [];
    const panel = byId("reply-keyboard");
    panel.replaceChildren(...rows.map((row) => el("div", { class: "row" }, ...row.map(({ text }) =>
      el("button", { type: "button", onclick: () => this.send(text) }, text)))));
    panel.hidden = rows.length === 0;
    byId("keyboard-toggle").hidden = rows.length === 0;
    this.text.placeholder = keyboard?.input_field_placeholder || "Mensagem";
  }

  toggleKeyboard() {
    const panel = byId("reply-keyboard");
    panel.hidden = !panel.hidden;
    byId("keyboard-toggle").setAttribute("aria-expanded", !panel.hidden);
  }

  setBlocked(blocked) {
    byId("composer").hidden = blocked;
    byId("unblock").hidden = !blocked;
    if (blocked) byId("reply-keyboard").hidden = true;
  }
}
