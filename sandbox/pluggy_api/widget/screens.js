// What the person sees: each screen is a list of elements, built from what it is given.

const LISTED = 60; // banks shown before anything is searched for
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const KINDS = { PERSONAL_BANK: "Pessoa física", BUSINESS_BANK: "Empresa", INVESTMENT: "Investimentos" };

function listScreen(connectors, choose) {
  const list = h("ul", { class: "list", "aria-label": "Bancos" });
  const empty = h("p", { class: "soft", role: "status" });
  const search = h("input", { type: "search", placeholder: "Buscar banco", "aria-label": "Buscar banco", autocomplete: "off" });
  const draw = () => {
    const wanted = plain(search.value.trim());
    const found = connectors.filter((one) => plain(one.name).includes(wanted));
    list.replaceChildren(...found.slice(0, wanted ? found.length : LISTED).map((one) => h("li", {}, listLine(one, choose))));
    empty.textContent = found.length ? "" : "Nenhum banco com esse nome.";
  };
  search.addEventListener("input", draw);
  draw();
  return [title("Qual é o seu banco?"), search, empty, list];
}

function listLine(connector, choose) {
  const isOffline = connector.health.status === "OFFLINE";
  const kind = KINDS[connector.type] || "Outros";
  const detail = isOffline ? "Fora do ar" : connector.isOpenFinance ? `${kind} · Open Finance` : kind;
  const words = h("span", {}, connector.name, h("small", {}, detail));
  return h("button", { type: "button", disabled: isOffline, onclick: () => choose(connector) }, logo(connector), words);
}

function loginScreen(connector, credentials, send) {
  const text = connector.oauth
    ? "Você autoriza o acesso na página do banco. É só leitura: ninguém move seu dinheiro por aqui."
    : "Use os dados com que você entra no banco. O acesso é só de leitura.";
  const agreement = "Ao continuar, você concorda em compartilhar seus dados com o aplicativo.";
  return [bankLine(connector), h("p", { class: "soft" }, text), form(credentials, "Continuar", send), h("p", { class: "soft" }, agreement)];
}

/** An item that needs nothing: refresh it, or give its data again. */
function refreshScreen(connector, refresh, again) {
  const other = connector.oauth ? "Autorizar de novo no banco" : "Mudei meus dados de acesso";
  return [
    bankLine(connector),
    h("p", { class: "soft" }, "Esta conexão está em ordem. Você pode buscar os dados mais novos agora."),
    form([], "Atualizar agora", refresh),
    otherButton(other, again),
  ];
}

function waitingScreen(text) {
  const words = h("p", { role: "status" }, text);
  const screen = [h("div", { class: "middle" }, h("div", { class: "wheel" }), title("Só um momento"), words,
    h("p", { class: "soft" }, "Isso pode levar alguns minutos."))];
  return { screen, say: (next) => { words.textContent = next; } };
}

function linkScreen(connector, url, open) {
  const address = h("input", { readonly: true, value: url, "aria-label": "Endereço da página do banco" });
  address.addEventListener("focus", () => address.select());
  return [
    bankLine(connector),
    h("p", {}, "Agora autorize o acesso na página do banco. Ela abre em outra janela; depois é só voltar aqui."),
    mainButton("Ir para o banco", open),
    h("p", { class: "soft", role: "status" }, "Esperando a sua autorização…"),
    h("details", {}, h("summary", {}, "A página não abriu?"), h("p", { class: "soft" }, "Copie o endereço e abra no navegador:"), address),
  ];
}

function questionScreen(connector, parameter, send) {
  return [bankLine(connector), h("p", { class: "soft" }, "O banco quer confirmar que é você."), form([parameter], "Continuar", send)];
}

/** The bank's app on a phone: a QR to be read there, or an approval. Nothing to answer here. */
function phoneScreen(connector, action, parameter) {
  const image = parameter && parameter.data ? picture(parameter.data, "QR Code do banco") : null;
  return [bankLine(connector), h("p", {}, action.instructions || "Abra o aplicativo do banco e autorize."), image,
    h("p", { class: "soft", role: "status" }, "Esperando o aplicativo do banco…")];
}

function resultScreen(mark, kind, words, ...buttons) {
  const middle = h("div", { class: "middle" }, h("div", { class: `mark ${kind}`, "aria-hidden": "true" }, mark), title(words[0]), h("p", { role: "status" }, words[1]));
  return [middle, h("div", { class: "foot" }, buttons)];
}

function leavingSheet(isUnderway, stay, leave) {
  const text = isUnderway
    ? "A conexão ainda não terminou. Se você sair agora, ela pode ficar pela metade."
    : "Nada foi conectado ainda.";
  return h("div", { class: "veil" }, h("div", { role: "alertdialog", "aria-label": "Sair" },
    h("strong", {}, "Sair agora?"), h("p", {}, text), mainButton("Continuar aqui", stay), otherButton("Sair", leave)));
}
