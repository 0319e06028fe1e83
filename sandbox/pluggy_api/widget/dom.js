// Elements, and the words for what Pluggy calls by code.

/** An element: properties and `on…` listeners, then children (texts, elements, null). Text is never read as HTML. */
function h(tag, properties, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

function logo(connector) {
  const element = h("span", { class: "logo", "aria-hidden": "true" }, connector.name.slice(0, 1));
  element.style.backgroundColor = `#${connector.primaryColor}`;
  return element;
}

const title = (text) => h("h1", { tabindex: "-1" }, text);
const bankLine = (connector) => h("div", { class: "bank" }, logo(connector), title(connector.name));
const mainButton = (text, press, type = "button") => h("button", { class: "main", type, onclick: press }, text);
const otherButton = (text, press) => h("button", { class: "other", type: "button", onclick: press }, text);

const PHASES = {
  CREATED: "Chamando o banco…",
  LOGIN_IN_PROGRESS: "Entrando no banco…",
  LOGIN_MFA_IN_PROGRESS: "Conferindo o que você informou…",
  ACCOUNTS_IN_PROGRESS: "Lendo suas contas…",
  CREDITCARDS_IN_PROGRESS: "Lendo seus cartões…",
  TRANSACTIONS_IN_PROGRESS: "Lendo seus lançamentos…",
};

const FAILURES = {
  INVALID_CREDENTIALS: ["Os dados não conferem", "O banco não reconheceu o que você digitou. Confira e tente de novo."],
  INVALID_CREDENTIALS_MFA: ["O código não conferiu", "Ele pode ter vencido. Tente de novo com um código novo."],
  ACCOUNT_LOCKED: ["Acesso bloqueado no banco", "Desbloqueie no aplicativo do banco e tente de novo."],
  ACCOUNT_CREDENTIALS_RESET: ["O banco pede uma senha nova", "Troque a senha no aplicativo do banco e tente de novo."],
  ACCOUNT_NEEDS_ACTION: ["O banco pede algo a você", "Abra o aplicativo do banco, resolva o aviso e tente de novo."],
  USER_AUTHORIZATION_NOT_GRANTED: ["Acesso não autorizado", "O acesso foi recusado na página do banco."],
  USER_AUTHORIZATION_REVOKED: ["A autorização foi encerrada", "Autorize de novo para voltar a ver seus dados."],
  USER_INPUT_TIMEOUT: ["O tempo acabou", "A resposta não chegou a tempo. Você pode tentar de novo."],
  USER_NOT_SUPPORTED: ["Este tipo de conta não é atendido", "Escolha outro acesso do mesmo banco."],
  ALREADY_LOGGED_IN: ["Há outra sessão aberta", "Saia do banco nos outros aparelhos e tente de novo."],
  SITE_NOT_AVAILABLE: ["O banco está fora do ar", "Tente de novo mais tarde."],
  CONNECTION_ERROR: ["Não deu para falar com o banco", "Tente de novo em alguns minutos."],
};
const UNKNOWN_FAILURE = ["Não deu certo desta vez", "Tente de novo em alguns minutos."];

const REFUSALS = {
  ITEM_USER_ALREADY_EXISTS: "Esta conta já está conectada.",
  CONNECTOR_OFFLINE: "Este banco está fora do ar. Tente mais tarde ou escolha outro.",
  ITEM_CREATION_LIMIT_EXCEEDED: "O limite de conexões foi atingido.",
  TOO_MANY_CONSECUTIVE_LOGIN_FAILURES: "Foram tentativas demais. Espere quinze minutos e tente de novo.",
  TOO_MANY_CONSECUTIVE_ERRORS: "Esta conexão falhou vezes demais. Informe os dados de novo.",
  LAST_EXECUTION_HAD_LOGIN_ERROR: "Informe os dados do banco de novo.",
  MFA_PARAMERTER_WAS_ALREADY_USED_ERROR: "Este código já foi usado. Espere o próximo.",
  ITEM_ORIGINAL_CONNECTED_WITH_DIFFERENT_ACCOUNT: "Estes dados são de outra pessoa. Use os mesmos da primeira vez.",
  ITEM_MFA_EXPIRED: "O tempo para responder acabou.",
};
const EXPIRED = "Esta tela venceu. Feche e abra de novo.";
const UNREACHABLE = "Sem conexão. Confira a internet e tente de novo.";
