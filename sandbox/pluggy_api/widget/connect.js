// The widget: from the choice of a bank to an item that is done. Options and callbacks as Pluggy documents them.

const FAST_POLLS = 10;
const POLL_MS = [400, 1500];
const OVER = { UPDATED: "success", PARTIAL_SUCCESS: "success", LOGIN_ERROR: "failure", OUTDATED: "failure" };
const BEFORE_LOGIN = ["CREATING", "CREATED", "LOGIN_IN_PROGRESS", "LOGIN_MFA_IN_PROGRESS", "WAITING_USER_INPUT", "WAITING_USER_ACTION"];
const REJECTED = ["INVALID_CREDENTIALS", "INVALID_CREDENTIALS_MFA", "ACCOUNT_CREDENTIALS_RESET"];

class PluggyConnect {
  constructor(options) {
    if (!options || !options.connectToken) throw new Error("connectToken is required");
    this.options = options;
    this.api = new Api(options.connectToken);
    this.item = null; // the newest answer about it
    this.typed = {}; // what the person typed, for another try; never stored
    this.round = 0; // what was begun before is told by it to stop
  }

  /** Draws the widget over the page and begins. */
  async init() {
    this.host = h("div", { "data-pluggy-connect": "", theme: this.options.theme });
    const root = this.host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet(); // allowed where a page's policy forbids inline styles
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    this.main = h("main", {});
    this.back = h("button", { class: "icon", type: "button", "aria-label": "Voltar", hidden: true }, "‹");
    this.leave = h("button", { class: "icon", type: "button", "aria-label": "Fechar", onclick: () => this.askToLeave() }, "✕");
    this.sheet = h("div", { class: "sheet", role: "dialog", "aria-modal": "true", "aria-label": "Conectar banco" },
      h("div", { class: "notice" }, "⚠️ Pluggy de mentira: nenhum banco é real."),
      h("header", {}, this.back, h("strong", {}, "Conectar banco"), this.leave), this.main);
    this.sheet.addEventListener("keydown", (event) => { if (event.key === "Escape") this.askToLeave(); });
    root.append(this.sheet);
    document.body.append(this.host);
    this.tell("onOpen");
    await this.begin();
  }

  async show() {
    this.mounted().hidden = false;
    this.host.style.display = "";
  }

  async hide() {
    this.mounted().style.display = "none";
  }

  /** Takes the widget away; `onClose` is told. An item that is under way goes on without it. */
  async destroy() {
    if (!this.host) return;
    this.round += 1;
    this.host.remove();
    this.host = null;
    this.typed = {};
    this.tell("onClose");
  }

  mounted() {
    if (!this.host) throw new Error("Pluggy Connect is not open");
    return this.host;
  }

  // --- what the page is told ---

  tell(name, ...values) {
    if (typeof this.options[name] === "function") this.options[name](...values);
  }

  event(event, more) {
    this.tell("onEvent", { event, timestamp: Date.now(), ...more });
  }

  fail(message) {
    this.tell("onError", this.item ? { message, data: { item: this.item } } : { message });
  }

  // --- screens ---

  draw(elements, back) {
    if (!this.host) return;
    this.main.replaceChildren(...elements.filter(Boolean));
    this.main.scrollTop = 0;
    this.back.hidden = !back;
    this.back.onclick = back || null;
    const heading = this.main.querySelector("h1");
    if (heading) heading.focus({ preventScroll: true });
  }

  askToLeave() {
    if (!this.host || this.sheet.querySelector(".veil")) return;
    const isUnderway = this.item !== null && !this.isOver;
    if (this.isOver || (!isUnderway && !Object.keys(this.typed).length)) return void this.destroy();
    const veil = leavingSheet(isUnderway, () => veil.remove(), () => this.abandon());
    this.sheet.append(veil);
    veil.querySelector("button").focus();
  }

  /** Left midway: an item that exists must not be lost, so the page is told of it. */
  abandon() {
    if (this.item && !this.isOver) this.fail("O usuário saiu antes do fim.");
    this.destroy();
  }

  /** Runs one step; whatever is refused outside a form becomes a screen. */
  async attempt(step) {
    const round = this.round;
    try {
      await step();
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      if (round === this.round) this.showRefusal(refusal, () => this.attempt(step));
    }
  }

  showRefusal(refusal, again) {
    const close = otherButton("Fechar", () => this.destroy());
    const isHopeless = [401, 403, 404].includes(refusal.status);
    this.isOver = isHopeless;
    this.draw(resultScreen("!", "bad", ["Não deu certo", refusal.message],
      ...(isHopeless ? [close] : [mainButton("Tentar de novo", again), close])));
    this.fail(refusal.message);
  }

  // --- which bank ---

  begin() {
    const { updateItem, selectedConnectorId } = this.options;
    const waiting = waitingScreen("Abrindo…");
    this.draw(waiting.screen);
    if (updateItem) return this.attempt(() => this.updateMode(updateItem));
    if (selectedConnectorId !== undefined && selectedConnectorId !== null)
      return this.attempt(async () => this.askLogin(await this.api.connector(selectedConnectorId)));
    return this.attempt(() => this.chooseBank());
  }

  async chooseBank() {
    this.banks = this.banks || this.offered(await this.api.connectors(this.options));
    this.draw(listScreen(this.banks, (connector) => this.askLogin(connector, () => this.chooseBank())));
  }

  /** Those with data to read, narrowed as the page asks. */
  offered(connectors) {
    const { connectorIds: ids, connectorTypes: types } = this.options;
    return connectors.filter((one) =>
      one.products.length && (!ids || !ids.length || ids.includes(one.id)) && (!types || !types.length || types.includes(one.type)));
  }

  // --- its data ---

  askLogin(connector, back) {
    this.event("SELECTED_INSTITUTION", { connector: { id: connector.id, name: connector.name } });
    this.draw(loginScreen(connector, connector.credentials, (values) => this.login(connector, values)), back);
  }

  async login(connector, values) {
    this.typed = values;
    this.event("SUBMITTED_LOGIN", { connector: { id: connector.id, name: connector.name } });
    const body = { connectorId: connector.id, parameters: values };
    if (this.options.products) body.products = this.options.products;
    this.follow(await this.api.create(body));
  }

  /** The same item again, with new data or, without any, as it is. */
  async relogin(values) {
    this.typed = { ...this.typed, ...values };
    this.event("SUBMITTED_LOGIN", { item: this.item });
    this.follow(await this.api.update(this.item.id, Object.keys(values).length ? { parameters: values } : {}));
  }

  /** Asks only for what the item lacks. */
  async updateMode(itemId) {
    this.item = await this.api.item(itemId);
    const { connector, status } = this.item;
    if (status === "UPDATING" || status.startsWith("WAITING")) return void this.follow(this.item);
    const again = (credentials) => this.draw(loginScreen(connector, credentials, (values) => this.relogin(values)));
    const expiresAt = this.item.consentExpiresAt;
    const codes = connector.credentials.filter((credential) => credential.mfa);
    if (status === "LOGIN_ERROR" || (expiresAt && new Date(expiresAt) <= new Date())) return again(connector.credentials);
    if (codes.length) return again(codes);
    return this.draw(refreshScreen(connector, () => this.relogin({}), () => again(connector.credentials)));
  }

  // --- until it is done ---

  /** Looks at the item until it is over; each look that shows something new is drawn. */
  async follow(item) {
    const round = (this.round += 1);
    this.isOver = false;
    this.shown = "";
    this.isLoggedIn = false;
    let looks = 0;
    this.look(item);
    while (round === this.round && !this.isOver) {
      await new Promise((resolve) => { setTimeout(resolve, POLL_MS[(looks += 1) > FAST_POLLS ? 1 : 0] / HURRY); });
      if (round !== this.round) return;
      try {
        const next = await this.api.item(item.id);
        if (round === this.round) this.look(next);
      } catch (refusal) {
        if (!(refusal instanceof Refusal)) throw refusal;
        if (refusal.status && refusal.status < 429 && round === this.round) return this.showRefusal(refusal, () => this.follow(item));
      }
    }
  }

  look(item) {
    this.item = item;
    const key = [item.status, item.executionStatus, item.parameter && item.parameter.expiresAt].join();
    if (key === this.shown) return;
    this.shown = key;
    this.event("ITEM_RESPONSE", { item });
    const isIn = item.status === "UPDATING" ? !BEFORE_LOGIN.includes(item.executionStatus) : OVER[item.status] === "success";
    if (isIn && !this.isLoggedIn) {
      this.isLoggedIn = true;
      this.event("LOGIN_STEP_COMPLETED", { item });
    }
    if (OVER[item.status] === "success") return this.showSuccess();
    if (item.executionStatus === "USER_AUTHORIZATION_PENDING") return this.showPending();
    if (OVER[item.status] === "failure") return this.showFailure();
    if (item.status.startsWith("WAITING")) return this.showQuestion();
    this.showWaiting(PHASES[item.executionStatus] || "Organizando seus dados…");
  }

  showWaiting(text) {
    if (this.waiting && this.main.contains(this.waiting.screen[0])) return this.waiting.say(text);
    this.waiting = waitingScreen(text);
    this.draw(this.waiting.screen);
  }

  showQuestion() {
    const { connector, parameter, userAction } = this.item;
    const links = [parameter && parameter.data, ...Object.values((userAction && userAction.attributes) || {})];
    const url = links.find((text) => typeof text === "string" && /^https?:\/\//.test(text));
    if (url) return this.draw(linkScreen(connector, url, () => this.openBank(url)));
    if (userAction) return this.draw(phoneScreen(connector, userAction, parameter));
    return this.draw(questionScreen(connector, parameter, async (values) => {
      this.event("SUBMITTED_MFA", { item: this.item });
      this.follow(await this.api.answer(this.item.id, parameter.name, values[parameter.name]));
    }));
  }

  openBank(url) {
    this.event("SUBMITTED_CONSENT", { item: this.item });
    window.open(url, "_blank");
  }

  showSuccess() {
    this.isOver = true;
    const isPartial = this.item.executionStatus === "PARTIAL_SUCCESS";
    const text = isPartial ? "Parte dos dados ainda não veio; o resto chega sozinho." : `${this.item.connector.name} está conectado.`;
    this.draw(resultScreen("✓", "good", ["Tudo certo!", text], mainButton("Concluir", () => this.destroy())));
    this.tell("onSuccess", { item: this.item });
  }

  /** Not a failure: another holder has to approve, and the item goes on without us. */
  showPending() {
    this.isOver = true;
    const words = ["Falta outra aprovação", "Outra pessoa precisa autorizar no banco. Depois disso a conexão termina sozinha."];
    this.draw(resultScreen("…", "", words, mainButton("Entendi", () => this.destroy())));
    this.fail("USER_AUTHORIZATION_PENDING");
  }

  showFailure() {
    this.isOver = true;
    const { code, providerMessage } = this.item.error || {};
    const [heading, text] = FAILURES[code] || UNKNOWN_FAILURE;
    this.draw(resultScreen("!", "bad", [heading, providerMessage || text],
      mainButton("Tentar de novo", () => this.tryAgain()), otherButton("Fechar", () => this.destroy())));
    this.fail(code || "UNEXPECTED_ERROR");
  }

  /** What was rejected, or was never typed here, is asked for; the rest is sent again. */
  tryAgain() {
    const { connector, error } = this.item;
    const isRejected = REJECTED.includes(error && error.code);
    if (connector.credentials.length && (isRejected || !Object.keys(this.typed).length))
      return this.draw(loginScreen(connector, connector.credentials, (values) => this.relogin(values)));
    return this.attempt(() => this.relogin(connector.oauth || connector.credentials.length ? this.typed : {}));
  }
}
