// rest.mjs - what the examples share: one call of ringi's own API. There is no SDK, fetch is enough.
export const url = process.env.RINGI_URL ?? 'http://127.0.0.1:9324';

/** The JSON answer; throws what the server says when it refuses. */
export async function rest(method, path, body, headers = {}) {
  const token = process.env.RINGI_TOKEN ? { authorization: `Bearer ${process.env.RINGI_TOKEN}` } : {};
  const r = await fetch(url + path, { method, body: body && JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...token, ...headers } });
  const text = await r.text();
  const data = /json/.test(r.headers.get('content-type') ?? '') ? JSON.parse(text) : undefined;
  if (!r.ok) throw Object.assign(new Error(data?.detail ?? text), { status: r.status, code: data?.code });
  return data;
}
