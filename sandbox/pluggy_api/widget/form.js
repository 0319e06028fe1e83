// The fields a bank asks for (reference 2.2): one element each, read and checked before anything is sent.

const REQUIRED = "Preencha este campo.";
const CHOOSE = "Escolha uma opção.";
const picture = (data, label) =>
  h("img", { class: "picture", alt: label, src: data.startsWith("data:") ? data : `data:image/png;base64,${data}` });

/** One credential as `{element, name, value(), show(problem)}`. */
function field(credential) {
  const makers = { select: choices, hcaptcha: puzzle };
  const { body, value, focus } = (makers[credential.options ? "select" : credential.type] || typed)(credential);
  const problem = h("p", { class: "problem", id: `problem-${credential.name}`, hidden: true });
  const help = [credential.instructions, credential.assistiveText].filter(Boolean);
  const element = h("div", {}, body, help.map((text) => h("p", { class: "soft" }, text)), problem);
  return {
    element,
    name: credential.name,
    value,
    focus,
    problemOf: () => problemOf(credential, value()),
    show(text) {
      problem.textContent = text || "";
      problem.hidden = !text;
      for (const input of element.querySelectorAll("input")) input.setAttribute("aria-invalid", text ? "true" : "false");
    },
  };
}

function problemOf(credential, value) {
  if (!value) return credential.optional ? "" : credential.options ? CHOOSE : REQUIRED;
  if (!credential.validation || new RegExp(credential.validation).test(value)) return "";
  return credential.validationMessage || "Confira este campo.";
}

function typed(credential) {
  const secret = credential.type === "password";
  const input = h("input", {
    id: `field-${credential.name}`,
    type: secret ? "password" : "text",
    inputmode: credential.type === "number" || credential.mfa ? "numeric" : undefined,
    placeholder: credential.placeholder || undefined,
    autocomplete: secret ? "current-password" : credential.mfa ? "one-time-code" : "off",
    autocapitalize: "none",
    spellcheck: "false",
    "aria-describedby": `problem-${credential.name}`,
  });
  const label = h("label", { for: input.id }, credential.label + (credential.optional ? " (opcional)" : ""));
  const image = credential.type === "image" && credential.data ? picture(credential.data, credential.label) : null;
  return { body: [label, image, input], value: () => (secret ? input.value : input.value.trim()), focus: () => input.focus() };
}

function choices(credential) {
  const inputs = credential.options.map((option) =>
    h("input", { type: "radio", name: credential.name, value: option.value }));
  const lines = credential.options.map((option, place) => h("label", { class: "choice" }, inputs[place], option.label));
  const body = h("fieldset", {}, h("legend", {}, credential.label), lines);
  const chosen = () => inputs.find((input) => input.checked);
  return { body: [body], value: () => (chosen() ? chosen().value : ""), focus: () => inputs[0].focus() };
}

/** The real one shows hCaptcha's own puzzle; any answer will do here. */
function puzzle(credential) {
  const input = h("input", { type: "checkbox" });
  const body = h("label", { class: "choice" }, input, credential.label);
  return { body: [body], value: () => (input.checked ? `P0_${credential.data}` : ""), focus: () => input.focus() };
}

/** A form of these credentials. `send(values)` may throw a Refusal, whose details go to their fields. */
function form(credentials, text, send) {
  const fields = credentials.map(field);
  const alert = h("p", { class: "alert", role: "alert", hidden: true });
  const button = mainButton(text, null, "submit");
  const show = (problems) => {
    for (const one of fields) one.show(problems[one.name]);
    const first = fields.find((one) => problems[one.name]);
    if (first) first.focus();
    return Boolean(first);
  };
  const submit = async (event) => {
    event.preventDefault();
    if (button.disabled || show(Object.fromEntries(fields.map((one) => [one.name, one.problemOf()])))) return;
    button.disabled = true;
    alert.hidden = true;
    const filled = fields.map((one) => [one.name, one.value()]).filter(([, value]) => value);
    try {
      await send(Object.fromEntries(filled));
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      button.disabled = false;
      const details = refusal.details.map((one) => [one.parameter, one.code === "001" ? REQUIRED : one.message]);
      if (show(Object.fromEntries(details))) return;
      alert.textContent = refusal.message;
      alert.hidden = false;
    }
  };
  return h("form", { novalidate: true, onsubmit: submit }, alert, fields.map((one) => one.element), button);
}
