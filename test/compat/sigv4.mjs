// sigv4.mjs - AWS Signature Version 4 as a client computes it, written out so that tests can spoil any part.
import { createHash, createHmac } from 'node:crypto';

const sha256 = (data) => createHash('sha256').update(data).digest('hex');
const hmac = (key, data) => createHmac('sha256', key).update(data).digest();
const encode = (s) => encodeURIComponent(s).replace(/[!'()*]/g,
  (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

export const amzDate = (ms) => new Date(ms).toISOString().replace(/[-:]|\.\d{3}/g, '');

function signature(key, date, scope, canonical) {
  const [day, region, service] = scope.split('/');
  const toSign = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n');
  const signing = [region, service, 'aws4_request'].reduce(hmac, hmac(`AWS4${key.secret}`, day));
  return createHmac('sha256', signing).update(toSign).digest('hex');
}

const canonicalQuery = (pairs) => pairs.map(([k, v]) => [encode(k), encode(v)])
  .sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : 1)).map(([k, v]) => `${k}=${v}`).join('&');

/**
 * Headers that sign a request. `key` is { id, secret }; `headers` must hold host; `now` in ms.
 * `payload`: the text that is hashed, if not the body ('UNSIGNED-PAYLOAD' stands for itself).
 */
export function signHeaders(key, { method = 'POST', path = '/', query = [], headers, body = '', now = Date.now(),
  region = 'us-east-1', service = 'sqs', payload, token }) {
  const date = amzDate(now);
  const scope = `${date.slice(0, 8)}/${region}/${service}/aws4_request`;
  const all = { ...headers, 'x-amz-date': date, ...(token ? { 'x-amz-security-token': token } : {}) };
  if (payload) all['x-amz-content-sha256'] = payload;
  const names = Object.keys(all).map((n) => n.toLowerCase()).sort();
  const lower = Object.fromEntries(Object.entries(all).map(([k, v]) =>
    [k.toLowerCase(), String(v).trim().replace(/ +/g, ' ')]));
  const canonical = [method, path, canonicalQuery(query), ...names.map((n) => `${n}:${lower[n]}`), '', names.join(';'),
    payload ?? sha256(body)].join('\n');
  return { ...all, authorization: `AWS4-HMAC-SHA256 Credential=${key.id}/${scope}, SignedHeaders=${names.join(';')}, `
    + `Signature=${signature(key, date, scope, canonical)}` };
}

/** The path and query of a presigned GET. */
export function presign(key, { path = '/', query = [], host, now = Date.now(), expires = 60, region = 'us-east-1',
  service = 'sqs' }) {
  const date = amzDate(now);
  const scope = `${date.slice(0, 8)}/${region}/${service}/aws4_request`;
  const pairs = [...query, ['X-Amz-Algorithm', 'AWS4-HMAC-SHA256'], ['X-Amz-Credential', `${key.id}/${scope}`],
    ['X-Amz-Date', date], ['X-Amz-Expires', String(expires)], ['X-Amz-SignedHeaders', 'host']];
  const canonical = ['GET', path, canonicalQuery(pairs), `host:${host}`, '', 'host', sha256('')].join('\n');
  return `${path}?${canonicalQuery(pairs)}&X-Amz-Signature=${signature(key, date, scope, canonical)}`;
}
