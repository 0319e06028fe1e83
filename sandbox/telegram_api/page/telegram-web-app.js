// What a Mini App's page talks through: window.Telegram.WebApp, with the names and the manners of the real script, so that a
// page does here what it would do there. It speaks to the chat page that frames it by messages; on a page of its own there is
// nobody to speak to: initData is empty and the version is the oldest one, as there.
(() => {
  const KEPT = "__telegram__initParams";
  const OLDEST = "6.0";
  const MAX = { title: 64, message: 256, label: 64, buttons: 3 };
  const NEEDS_NO_LABEL = ["ok", "close", "cancel"];
  const framed = window.parent !== window;

  // --- how the page was opened ---

  function fragment() {
    const text = location.hash.slice(1);
    const found = Object.fromEntries(new URLSearchParams(text.slice(text.indexOf("?") + 1)));
    return Object.fromEntries(Object.entries(found).filter(([name]) => name.startsWith("tgWebApp")));
  }

  // The app's own links lead to addresses without the fragment: it is remembered for as long as the page lives.
  function launchParams() {
    let params = fragment();
    try {
      params = { ...JSON.parse(sessionStorage.getItem(KEPT) ?? "{}"), ...params };
      if (framed) sessionStorage.setItem(KEPT, JSON.stringify(params));
    } catch { /* no storage: the fragment is all there is */ }
    return framed ? params : fragment();
  }

  function parsed(text) {
    try {
      return JSON.parse(text);
    } catch {
      return null;
    }
  }

  function unsafe(initData) {
    const fields = [...new URLSearchParams(initData)];
    return Object.fromEntries(fields.map(([name, value]) => [name, (/^[[{]/.test(value) && parsed(value)) || value]));
  }

  const params = launchParams();
  const version = params.tgWebAppVersion || OLDEST;

  function isVersionAtLeast(wanted) {
    const [mine, theirs] = [version, String(wanted)].map((text) => text.split(".").map(Number));
    const at = [0, 1, 2].find((index) => (mine[index] ?? 0) !== (theirs[index] ?? 0));
    return at === undefined || (mine[at] ?? 0) > (theirs[at] ?? 0);
  }

  function need(wanted, method) {
    if (isVersionAtLeast(wanted)) return;
    console.warn(`[Telegram.WebApp] ${method} needs version ${wanted}, this is ${version}`);
    throw new Error("WebAppMethodUnsupported");
  }

  // --- talking with the chat ---

  function post(eventType, eventData = {}) {
    if (framed) window.parent.postMessage(JSON.stringify({ eventType, eventData }), "*");
  }

  const listeners = new Map();

  function onEvent(name, callback) {
    if (!listeners.has(name)) listeners.set(name, new Set());
    listeners.get(name).add(callback);
  }

  function offEvent(name, callback) {
    listeners.get(name)?.delete(callback);
  }

  function emit(name, data) {
    for (const callback of [...(listeners.get(name) ?? [])]) callback.call(WebApp, data);
  }

  const HEARD = {
    main_button_pressed: () => emit("mainButtonClicked"),
    back_button_pressed: () => emit("backButtonClicked"),
    popup_closed: ({ button_id: id }) => popupClosed(id ?? null),
    theme_changed: ({ theme_params: theme }) => {
      setTheme(theme);
      emit("themeChanged");
    },
    viewport_changed: ({ height, is_state_stable: stable }) => {
      setHeight(height);
      emit("viewportChanged", { isStateStable: Boolean(stable) });
    },
  };

  addEventListener("message", ({ source, data }) => {
    if (!framed || source !== window.parent || typeof data !== "string") return;
    const told = parsed(data);
    if (told) HEARD[told.eventType]?.(told.eventData ?? {});
  });

  // --- colours and height ---

  const style = document.documentElement.style;

  function isDark(colour) {
    const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
    return Math.hypot(red * Math.sqrt(0.299), green * Math.sqrt(0.587), blue * Math.sqrt(0.114)) < 120;
  }

  function setTheme(theme) {
    Object.assign(WebApp.themeParams, theme);
    for (const [name, colour] of Object.entries(WebApp.themeParams)) style.setProperty(`--tg-theme-${name.replaceAll("_", "-")}`, colour);
    if (theme.bg_color) WebApp.colorScheme = isDark(theme.bg_color) ? "dark" : "light";
    style.setProperty("--tg-color-scheme", WebApp.colorScheme);
  }

  function setHeight(height) {
    WebApp.viewportHeight = WebApp.viewportStableHeight = height || innerHeight;
    style.setProperty("--tg-viewport-height", height ? `${height}px` : "100vh");
    style.setProperty("--tg-viewport-stable-height", height ? `${height}px` : "100vh");
  }

  // --- links and popups ---

  function openLink(url) {
    const address = new URL(url, location.href);
    if (!["http:", "https:"].includes(address.protocol)) throw new Error("WebAppTgUrlInvalid");
    if (isVersionAtLeast("6.1")) post("web_app_open_link", { url: address.href });
    else window.open(address.href, "_blank", "noopener");
  }

  function openTelegramLink(url) {
    const address = new URL(url, location.href);
    if (!["http:", "https:"].includes(address.protocol) || address.hostname !== "t.me") throw new Error("WebAppTgUrlInvalid");
    if (framed) post("web_app_open_tg_link", { path_full: address.pathname + address.search });
    else location.href = address.href;
  }

  let popup = null;

  function popupClosed(id) {
    const done = popup;
    popup = null;
    done?.(id);
    emit("popupClosed", { button_id: id });
  }

  function refuse(why) {
    console.error(`[Telegram.WebApp] popup: ${why}`);
    throw new Error("WebAppPopupParamInvalid");
  }

  function popupButton({ id = "", type = "default", text = "" }) {
    const label = String(text).trim();
    if (![...NEEDS_NO_LABEL, "default", "destructive"].includes(type)) refuse(`unknown button type ${type}`);
    if (!NEEDS_NO_LABEL.includes(type) && !label) refuse(`a ${type} button needs a text`);
    if (label.length > MAX.label || String(id).length > MAX.label) refuse("a button's text or id is too long");
    return { id: String(id), type, ...(label && { text: label }) };
  }

  function showPopup({ title = "", message = "", buttons = [{ type: "close" }] }, callback = () => {}) {
    need("6.2", "showPopup");
    if (popup) throw new Error("WebAppPopupOpened");
    const [heading, text] = [title, message].map((given) => String(given).trim());
    if (heading.length > MAX.title) refuse("the title is too long");
    if (!text || text.length > MAX.message) refuse("the message is empty or too long");
    if (!buttons.length || buttons.length > MAX.buttons) refuse("one to three buttons");
    const shown = buttons.map(popupButton);
    popup = callback;
    post("web_app_open_popup", { title: heading, message: text, buttons: shown });
  }

  const showAlert = (message, callback) => showPopup({ message }, callback && (() => callback()));

  function showConfirm(message, callback) {
    const buttons = [{ type: "ok", id: "ok" }, { type: "cancel" }];
    showPopup({ message, buttons }, callback && ((id) => callback(id === "ok")));
  }

  // --- buttons outside the page ---

  function clickable(event) {
    return {
      onClick(callback) { onEvent(event, callback); return this; },
      offClick(callback) { offEvent(event, callback); return this; },
    };
  }

  const BackButton = {
    isVisible: false,
    ...clickable("backButtonClicked"),
    show() { return this.set(true); },
    hide() { return this.set(false); },
    set(visible) {
      if (!isVersionAtLeast("6.1")) return this;
      this.isVisible = visible;
      post("web_app_setup_back_button", { is_visible: visible });
      return this;
    },
  };

  const MainButton = {
    type: "main",
    text: "Continue",
    color: "",
    textColor: "",
    isVisible: false,
    isActive: true,
    isProgressVisible: false,
    ...clickable("mainButtonClicked"),
    setText(text) { return this.setParams({ text }); },
    show() { return this.setParams({ is_visible: true }); },
    hide() { return this.setParams({ is_visible: false }); },
    enable() { return this.setParams({ is_active: true }); },
    disable() { return this.setParams({ is_active: false }); },
    showProgress() { return this.setParams({ is_progress_visible: true }); },
    hideProgress() { return this.setParams({ is_progress_visible: false }); },
    setParams({ text, color, text_color: ink, is_visible: visible, is_active: active, is_progress_visible: busy }) {
      if (text !== undefined && !String(text).trim()) throw new Error("WebAppBottomButtonParamInvalid");
      this.text = text === undefined ? this.text : String(text).trim();
      this.color = color ?? this.color;
      this.textColor = ink ?? this.textColor;
      this.isVisible = visible ?? this.isVisible;
      this.isActive = active ?? this.isActive;
      this.isProgressVisible = busy ?? this.isProgressVisible;
      post("web_app_setup_main_button", {
        is_visible: this.isVisible, is_active: this.isActive, is_progress_visible: this.isProgressVisible,
        text: this.text, color: this.color, text_color: this.textColor,
      });
      return this;
    },
  };

  // Nothing to feel in a browser; the calls are there, so that a page needs no cases.
  const HapticFeedback = {
    impactOccurred() { return this; },
    notificationOccurred() { return this; },
    selectionChanged() { return this; },
  };

  const WebApp = {
    initData: params.tgWebAppData ?? "",
    initDataUnsafe: unsafe(params.tgWebAppData ?? ""),
    version,
    platform: params.tgWebAppPlatform || "unknown",
    colorScheme: "light",
    themeParams: {},
    isExpanded: true,
    viewportHeight: innerHeight,
    viewportStableHeight: innerHeight,
    isClosingConfirmationEnabled: false,
    BackButton,
    MainButton,
    HapticFeedback,
    isVersionAtLeast,
    onEvent,
    offEvent,
    openLink,
    openTelegramLink,
    showPopup,
    showAlert,
    showConfirm,
    ready: () => post("web_app_ready"),
    expand: () => post("web_app_expand"),
    close: () => post("web_app_close"),
    enableClosingConfirmation: () => confirmClosing(true),
    disableClosingConfirmation: () => confirmClosing(false),
  };

  function confirmClosing(needed) {
    WebApp.isClosingConfirmationEnabled = needed;
    if (isVersionAtLeast("6.2")) post("web_app_setup_closing_behavior", { need_confirmation: needed });
  }

  window.Telegram = { ...window.Telegram, WebApp };
  setTheme(parsed(params.tgWebAppThemeParams ?? "") ?? {});
  setHeight(framed ? innerHeight : 0);
  if (framed) post("iframe_ready");
})();
