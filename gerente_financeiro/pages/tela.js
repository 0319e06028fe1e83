// The secure screen: opens Pluggy Connect for the person whom Telegram names, and tells the bot which item came of it.
// Nothing typed there is seen here. The chat goes on by itself; this page only has to say the item's id, and close.
(() => {
  "use strict";
  const own = document.currentScript.dataset;
  const pace = Number(own.pace); // the bot's own: it stretches its pauses and ours
  const LOAD_MS = 15000;
  const CLOSE_MS = 1600 * pace;
  const TRIES = [500, 1500, 4000, 8000].map((ms) => ms * pace);
  const WORDS = {
    opening: ["🔒", "Abrindo a tela segura…", "Aqui você fala direto com a Pluggy. Sua senha não passa pelo Telegram."],
    outside: ["🔒", "Abra pelo Telegram", "Esta tela só abre pelo botão do bot, dentro do Telegram. Volte à conversa e toque em Abrir tela segura."],
    script: ["⚠️", "A tela não carregou", "Não consegui carregar o que vem da Pluggy ou do Telegram. Confira a internet e se algum bloqueador está ligado."],
    away: ["⚠️", "Sem conexão", "Não consegui falar com o bot. Confira a internet e tente de novo."],
    failed: ["⚠️", "Não deu para abrir", ""],
    done: ["✅", "Pronto", "Recebi o acesso. A conversa continua sozinha: volte ao Telegram."],
    left: ["🔒", "Você fechou antes do fim", "Nada mudou. Abra de novo ou volte à conversa."],
    leaving: ["⏳", "Quase lá", "O pedido foi feito. A conversa avisa quando o banco responder."],
    lost: ["⚠️", "Falta um passo", "O banco respondeu, mas não consegui avisar o bot. Não feche: toque em Avisar de novo."],
    refused: ["⚠️", "Não pude aceitar", ""],
  };
  const byId = (id) => document.getElementById(id);
  const intent = new URLSearchParams(location.search).get("p") || "";
  const seen = new Map(); // item id → the promise of having told it
  let app = null;
  let connect = null;
  let over = false;

  function say(name, buttons = [], text = "") {
    const [mark, title, words] = WORDS[name];
    byId("mark").textContent = mark;
    byId("title").textContent = title;
    byId("text").textContent = text || words;
    byId("screen").setAttribute("aria-busy", String(name === "opening"));
    byId("buttons").replaceChildren(...buttons);
    if (name !== "opening") byId("title").focus();
  }

  function button(text, act, kind = "") {
    const made = document.createElement("button");
    made.type = "button";
    made.className = kind;
    made.textContent = text;
    made.addEventListener("click", act);
    return made;
  }

  const again = () => button("Tentar de novo", () => location.reload());
  const close = (kind = "other") => button("Voltar à conversa", () => app.close(), kind);

  // --- what comes from elsewhere ---

  function load(address, isThere) {
    return new Promise((resolve, reject) => {
      if (isThere()) return resolve();
      const script = document.createElement("script");
      const timer = setTimeout(() => reject(new Error("late")), LOAD_MS);
      script.src = address;
      script.onload = () => { clearTimeout(timer); isThere() ? resolve() : reject(new Error("empty")); };
      script.onerror = () => { clearTimeout(timer); reject(new Error("missing")); };
      document.head.append(script);
      return undefined;
    });
  }

  async function ask(path, more) {
    const body = JSON.stringify({ initData: app.initData, intent, ...more });
    const response = await fetch(`tela/${path}`, { method: "POST", headers: { "Content-Type": "application/json" }, body, keepalive: true });
    const answer = response.status === 204 ? {} : await response.json().catch(() => ({}));
    return { ok: response.ok, status: response.status, answer };
  }

  // --- an item ---

  const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

  // Told until it is heard: Pluggy cannot list items. Whether it was taken; null = nobody heard it.
  async function tellOnce(itemId) {
    for (const wait of [...TRIES, 0]) {
      try {
        const { ok, status, answer } = await ask("item", { itemId });
        if (ok) return { taken: true };
        if (status < 500 && status !== 408) return { taken: false, message: answer.message };
      } catch { /* the network is away */ }
      if (wait) await pause(wait);
    }
    return null;
  }

  // One at a time for an item; what happens meanwhile is told after it.
  function tell(item) {
    if (!item || !item.id) return Promise.resolve(null);
    const told = (seen.get(item.id) || Promise.resolve()).then(() => tellOnce(item.id));
    seen.set(item.id, told);
    return told;
  }

  async function finish(item) {
    over = true;
    const outcome = await tell(item);
    if (connect) await Promise.resolve(connect.destroy()).catch(() => {});
    if (outcome === null) return say("lost", [button("Avisar de novo", () => { finish(item); }), close()]);
    if (!outcome.taken) return say("refused", [close("")], outcome.message);
    app.disableClosingConfirmation?.();
    say("done", [close("")]);
    setTimeout(() => app.close(), CLOSE_MS);
    return undefined;
  }

  // --- Pluggy Connect ---

  function open(opened) {
    const update = opened.updateItem ? { updateItem: opened.updateItem } : {};
    connect = new window.PluggyConnect({
      connectToken: opened.connectToken,
      includeSandbox: opened.includeSandbox,
      connectorIds: [opened.connectorId],
      selectedConnectorId: opened.connectorId,
      language: "pt",
      theme: app.colorScheme,
      ...update,
      onEvent: (event) => { if (!over && event && event.item) tell(event.item); },
      onSuccess: (result) => { finish(result && result.item); },
      onError: (error) => { if (!over && error && error.data) tell(error.data.item); },
      onClose: () => { if (!over) left(); },
    });
    return connect.init();
  }

  function left() {
    over = true;
    app.disableClosingConfirmation?.();
    if (seen.size) {
      say("leaving", [close("")]);
      Promise.allSettled([...seen.values()]).then(() => setTimeout(() => app.close(), CLOSE_MS));
    } else say("left", [again(), close()]);
  }

  // A Mini App opens no windows: a bank's page leaves by the app itself.
  function openOutside(address) {
    const url = new URL(address, location.href);
    if (url.protocol === "https:" || url.protocol === "http:") app.openLink(url.href);
    return null;
  }

  async function begin() {
    say("opening");
    try {
      await load(own.telegram, () => Boolean(window.Telegram && window.Telegram.WebApp));
    } catch {
      return say("script", [again()]);
    }
    app = window.Telegram.WebApp;
    if (!app.initData) return say("outside");
    app.ready();
    app.expand();
    window.open = openOutside;
    try {
      const [{ ok, answer }] = await Promise.all([ask("abrir", {}), load(own.pluggy, () => Boolean(window.PluggyConnect)).catch(() => {})]);
      if (!ok) return say("failed", answer.again || !answer.message ? [again(), close()] : [close("")], answer.message || WORDS.away[2]);
      if (!window.PluggyConnect) return say("script", [again(), close()]);
      byId("screen").setAttribute("aria-busy", "false");
      await open(answer);
    } catch {
      say("away", [again(), close()]);
    }
    return undefined;
  }

  begin();
})();
