// The server that served this script, asked with the connect token.

/** An answer that is not 200: `status` (0 = none came), `code`, `details`, and a sentence for people. */
class Refusal extends Error {
  constructor(status, body) {
    const code = body.codeDescription || "";
    const words = status === 0 ? UNREACHABLE : status === 401 || status === 403 ? EXPIRED : REFUSALS[code] || UNKNOWN_FAILURE[1];
    super(words);
    this.status = status;
    this.code = code;
    this.details = body.details || [];
  }
}

class Api {
  constructor(token) {
    this.token = token;
  }

  async call(method, path, body) {
    const headers = { "X-API-KEY": this.token, Accept: "application/json" };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    let response;
    try {
      response = await fetch(BASE + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    } catch {
      throw new Refusal(0, {});
    }
    const answer = await response.json().catch(() => ({}));
    if (response.status !== 200) throw new Refusal(response.status, answer);
    return answer;
  }

  async connectors({ includeSandbox, countries }) {
    const query = new URLSearchParams({ sandbox: includeSandbox ? "true" : "false" });
    if (countries && countries.length) query.set("countries", countries.join(","));
    return (await this.call("GET", `/connectors?${query}`)).results;
  }

  connector(id) {
    return this.call("GET", `/connectors/${encodeURIComponent(id)}`);
  }

  item(id) {
    return this.call("GET", `/items/${encodeURIComponent(id)}`);
  }

  create(body) {
    return this.call("POST", "/items", body);
  }

  update(id, body) {
    return this.call("PATCH", `/items/${encodeURIComponent(id)}`, body);
  }

  answer(id, name, value) {
    return this.call("POST", `/items/${encodeURIComponent(id)}/mfa`, { [name]: value });
  }
}
