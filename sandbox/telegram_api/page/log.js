// The list of messages: order, days, grouping, animation, and a scroll that stays where the reader is.
import { byId, calm, el, ticks } from "./dom.js";
import { dayLabel, dayOf, fitKeys, messageNode } from "./message.js";

const NEAR_BOTTOM = 80;
const SAME_GROUP_SECONDS = 300;
const DAY_MS = 900;
const HOLD_MS = 550;

export class Log {
  constructor(actions) {
    this.actions = actions;
    this.messages = new Map();
    this.nodes = new Map();
    this.list = byId("log");
    this.scroller = byId("scroller");
    this.pill = byId("to-bottom");
    this.badge = byId("badge");
    this.unread = 0;
    this.stuck = true;
    this.lastTop = 0;
    this.me = 0;
    this.isGroup = false;
    this.scroller.addEventListener("scroll", () => this.scrolled(), { passive: true });
    this.pill.addEventListener("click", () => this.toBottom());
    const observer = new ResizeObserver(() => this.resized());
    observer.observe(this.list);
    observer.observe(this.scroller);
  }

  show(messages, me, isGroup) {
    this.me = me;
    this.isGroup = isGroup;
    this.messages = new Map(messages.map((message) => [message.message_id, message]));
    this.nodes.clear();
    this.list.setAttribute("aria-live", "off");
    this.list.replaceChildren();
    for (const message of messages) if (!message.deleted) this.list.append(this.make(message));
    fitKeys(this.list);
    this.arrange();
    this.clearUnread();
    this.stuck = true;
    this.toBottom(true);
    requestAnimationFrame(() => this.list.setAttribute("aria-live", "polite"));
  }

  make(message) {
    const replied = this.messages.get(message.reply_to);
    const showAuthor = this.isGroup && message.sender.id !== this.me;
    const context = { me: this.me, showAuthor, replied: replied && !replied.deleted ? replied : null };
    const node = messageNode(message, context, this.actions);
    if (!message.service) this.listen(node, message);
    this.nodes.set(message.message_id, node);
    return node;
  }

  // Right click, or a finger that rests: some browsers do not make a contextmenu of the latter.
  listen(node, message) {
    let timer = 0;
    const open = (x, y) => this.actions.menu(message, new DOMRect(x, y, 0, 0));
    node.addEventListener("contextmenu", (event) => {
      if (event.target.closest("a, .key")) return;
      clearTimeout(timer);
      event.preventDefault();
      open(event.clientX, event.clientY);
    });
    node.addEventListener("touchstart", ({ touches, target }) => {
      const { clientX, clientY } = touches[0];
      if (!target.closest("a, button")) timer = setTimeout(() => open(clientX, clientY), HOLD_MS);
    }, { passive: true });
    for (const end of ["touchend", "touchmove", "touchcancel"]) node.addEventListener(end, () => clearTimeout(timer), { passive: true });
  }

  add(message) {
    if (this.nodes.has(message.message_id)) return this.change(message);
    const mine = message.sender.id === this.me;
    this.messages.set(message.message_id, message);
    if (message.deleted) return undefined;
    this.scrolled();
    const node = this.make(message);
    node.classList.add("arriving");
    node.addEventListener("animationend", () => node.classList.remove("arriving"), { once: true });
    this.list.append(node);
    fitKeys(node);
    this.arrange();
    if (mine || this.stuck) this.toBottom();
    else this.countUnread();
    return node;
  }

  change(message) {
    const old = this.nodes.get(message.message_id);
    const before = this.messages.get(message.message_id);
    this.messages.set(message.message_id, message);
    if (message.deleted) return this.remove(message);
    if (!old) return undefined;
    this.scrolled();
    const height = old.offsetHeight;
    const focused = [...old.querySelectorAll("button, a")].indexOf(document.activeElement);
    const node = this.make(message);
    old.replaceWith(node);
    fitKeys(node);
    if (focused >= 0) (node.querySelectorAll("button, a")[focused] ?? node.querySelector("button"))?.focus();
    this.arrange();
    if (before && before.edit_date === message.edit_date && before.history.length === message.history.length) return node;
    node.querySelector(".bubble")?.classList.add("pulse");
    this.grow(node, height);
    return node;
  }

  seen(message) {
    this.messages.set(message.message_id, message);
    this.nodes.get(message.message_id)?.querySelector(".ticks")?.replaceWith(ticks(true));
  }

  grow(node, from) {
    const to = node.offsetHeight;
    if (calm() || from === to) return;
    const frames = [{ height: `${from}px`, overflow: "clip" }, { height: `${to}px`, overflow: "clip" }];
    node.animate(frames, { duration: 180, easing: "ease-out" });
  }

  remove(message) {
    const node = this.nodes.get(message.message_id);
    this.nodes.delete(message.message_id);
    this.messages.set(message.message_id, message);
    if (!node) return;
    node.classList.add("leaving");
    delete node.dataset.messageId;
    const gone = () => {
      node.remove();
      this.arrange();
    };
    if (calm()) return gone();
    const frames = [
      { height: `${node.offsetHeight}px`, opacity: 1, transform: "none", overflow: "clip" },
      { height: 0, marginTop: 0, opacity: 0, transform: "scale(0.9)", overflow: "clip" },
    ];
    // Gone until it is taken out: a bubble that stood up again for a moment would push the newest line out of sight.
    node.animate(frames, { duration: 220, easing: "ease-in-out", fill: "forwards" }).finished.then(gone, gone);
  }

  // Day separators, and which bubbles open and close a group of one person.
  arrange() {
    this.list.querySelectorAll(".day").forEach((day) => day.remove());
    const standing = [...this.nodes.keys()].sort((a, b) => a - b).map((id) => this.messages.get(id));
    standing.forEach((message, index) => {
      const node = this.nodes.get(message.message_id);
      const before = standing[index - 1];
      const newDay = !before || dayOf(before.date) !== dayOf(message.date);
      if (newDay) node.before(el("div", { class: "day" }, dayLabel(message.date)));
      node.classList.toggle("first", newDay || !this.together(before, message));
      node.classList.toggle("last", !this.together(message, standing[index + 1]));
    });
    byId("empty").hidden = standing.length > 0;
    this.floatDay();
  }

  together(one, other) {
    return Boolean(one && other && !one.service && !other.service && one.sender.id === other.sender.id &&
      other.date - one.date < SAME_GROUP_SECONDS && dayOf(one.date) === dayOf(other.date));
  }

  react(messageId, emoji) {
    const column = this.nodes.get(messageId)?.querySelector(".column");
    column?.querySelector(".reactions")?.remove();
    if (column && emoji.length) column.append(el("span", { class: "reactions" }, emoji.join("")));
  }

  find(messageId) {
    const node = this.nodes.get(messageId);
    if (!node) return;
    node.scrollIntoView({ block: "center", behavior: calm() ? "auto" : "smooth" });
    node.classList.add("found");
    setTimeout(() => node.classList.remove("found"), 1500);
  }

  lastOwn() {
    return [...this.messages.values()].reverse().find((message) => !message.deleted && message.sender.id === this.me);
  }

  // Pictures that load and bubbles that grow must not push the newest line out of sight. Where lines went away the browser
  // has moved up by itself: that is not the reader's way up.
  resized() {
    this.lastTop = Math.min(this.lastTop, this.scroller.scrollTop);
    if (this.stuck) this.toBottom(true);
    else this.scrolled();
  }

  // Also before lines come: the event of a move may be told only after them, when it looks like the reader's way up.
  scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    const near = scrollHeight - scrollTop - clientHeight < NEAR_BOTTOM;
    // Growing content and a smooth scroll down pass far from the bottom: only the reader's way up lets go.
    if (near) this.clearUnread();
    this.stuck = near || (this.stuck && scrollTop >= this.lastTop);
    this.lastTop = scrollTop;
    this.pill.hidden = this.stuck;
    this.floatDay();
  }

  // The day floats over the messages only while they move.
  floatDay() {
    const top = this.scroller.getBoundingClientRect().top + 30;
    const days = [...this.list.querySelectorAll(".day")];
    days.forEach((day) => day.classList.remove("idle"));
    clearTimeout(this.dayTimer);
    this.dayTimer = setTimeout(() => {
      for (const day of days) {
        const covers = (day.nextElementSibling?.getBoundingClientRect().top ?? Infinity) < day.getBoundingClientRect().bottom;
        day.classList.toggle("idle", covers && day.getBoundingClientRect().top < top);
      }
    }, DAY_MS);
  }

  toBottom(atOnce = false) {
    this.stuck = true;
    this.scroller.scrollTo({ top: this.scroller.scrollHeight, behavior: atOnce || calm() ? "auto" : "smooth" });
    this.clearUnread();
    this.pill.hidden = true;
  }

  countUnread() {
    this.unread += 1;
    this.badge.textContent = this.unread;
    this.badge.hidden = false;
    this.pill.hidden = false;
    this.pill.setAttribute("aria-label", `${this.unread} ${this.unread === 1 ? "nova mensagem" : "novas mensagens"}: ir para o fim`);
  }

  clearUnread() {
    this.unread = 0;
    this.badge.hidden = true;
    this.pill.removeAttribute("aria-label");
  }
}
