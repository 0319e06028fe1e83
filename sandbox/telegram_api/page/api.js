// What the page asks of the server: the same /_control that tests use.

export class ApiError extends Error {}

async function answer(response) {
  const body = await response.json();
  if (!response.ok) throw new ApiError(body.error ?? `erro ${response.status}`);
  return body;
}

export async function get(path, query = {}) {
  return answer(await fetch(`/_control${path}?${new URLSearchParams(query)}`));
}

export async function post(path, given) {
  const headers = { "Content-Type": "application/json" };
  return answer(await fetch(`/_control${path}`, { method: "POST", headers, body: JSON.stringify(given) }));
}

// Follows one chat. After a break the caller reads everything again: events may have been missed meanwhile.
export function follow(chat, after, { onEvent, onBreak, onAgain }) {
  const stream = new EventSource(`/_control/stream?${new URLSearchParams({ chat, after })}`);
  let broken = false;
  stream.onmessage = ({ data }) => onEvent(JSON.parse(data));
  stream.onopen = () => {
    if (broken) onAgain();
    broken = false;
  };
  stream.onerror = () => {
    broken = true;
    onBreak();
  };
  return stream;
}
