// api.ts - requests to the server: JSON in and out, refusals as Problem, one id for each
// intended change however often it is sent.
import { tick } from './clock';
import { authOn, root } from './root';
import { askProof, csrf, me, sessionEnded } from './session';

/** A refusal or a failure, as the server words it: for people, with a stable code. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly field?: string,
  ) {
    super(detail);
  }

  /** Whether it may have been carried out although it was not answered. */
  get unsure(): boolean {
    return this.status === 0 || this.status >= 500;
  }
}

export type Query = Record<string, string | number | boolean | undefined | null>;

/** The address of a path of the API, `/v1/...`, with what of `query` is given. */
export function address(path: string, query: Query = {}): string {
  const q = new URLSearchParams();
  for (const [k, v] of Object.entries(query))
    if (v !== undefined && v !== null && v !== '') q.set(k, String(v));
  const s = q.toString();
  return root + path.replace(/^\//, '') + (s && `?${s}`);
}

/** A name as one segment of a path. */
export const seg = (name: string) => encodeURIComponent(name);

/** An id for one intended change. Plain HTTP has no crypto.randomUUID. */
export function requestId(): string {
  const b = crypto.getRandomValues(new Uint8Array(16));
  const now = Date.now();
  for (let i = 0; i < 6; i++) b[i] = Math.floor(now / 2 ** (8 * (5 - i))) & 255;
  b[6] = (b[6]! & 15) | 0x70;
  b[8] = (b[8]! & 63) | 0x80;
  const h = [...b].map((x) => x.toString(16).padStart(2, '0')).join('');
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-${h.slice(12, 16)}-${h.slice(16, 20)}-${h.slice(20)}`;
}

export interface Options {
  query?: Query;
  body?: unknown;
  /** A body that is JSON already, digit for digit (exact.ts). */
  text?: string;
  signal?: AbortSignal;
  /** The id of the change (requestId()), kept by who may have to send it again. */
  id?: string;
  headers?: Record<string, string>;
}

async function problemOf(r: Response): Promise<Problem> {
  const p = (await r.json().catch(() => ({}))) as { code?: string; detail?: string; field?: string };
  return new Problem(r.status, p.code ?? `HTTP_${r.status}`, p.detail ?? r.statusText, p.field);
}

/** The code of a refusal, which can still be read as a whole behind it. */
const codeOf = async (r: Response) =>
  (
    (await r
      .clone()
      .json()
      .catch(() => ({}))) as { code?: string }
  ).code;

/** 401 also says that a password or code was wrong, in a session that goes on. */
const wrongPassword = async (r: Response) => (await codeOf(r)) === 'INVALID_LOGIN';

/** It is done by who has signed in lately; now they have. */
const provedNow = async (r: Response) =>
  r.status === 403 && authOn && (await codeOf(r)) === 'REAUTHENTICATION_REQUIRED' && (await askProof());

/** The answer as it came; refusals are thrown as Problem. */
export async function send(method: string, path: string, o: Options = {}): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json', ...o.headers };
  const body = o.text ?? (o.body === undefined ? undefined : JSON.stringify(o.body));
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (o.id) headers['Idempotency-Key'] = o.id;
  if (method !== 'GET') headers['X-Ringi-CSRF'] = csrf() || 'none';
  if (!authOn && me.value?.principal) headers['X-Ringi-User'] = me.value.principal;
  let r: Response;
  try {
    r = await fetch(address(path, o.query), {
      method,
      headers,
      signal: o.signal,
      credentials: 'same-origin',
      body,
    });
  } catch (e) {
    if ((e as Error).name === 'AbortError') throw e;
    throw new Problem(0, 'NO_ANSWER', '');
  }
  if (r.status === 401 && authOn && path !== '/v1/sessions' && !(await wrongPassword(r))) sessionEnded();
  if (await provedNow(r)) return send(method, path, o);
  if (!r.ok) throw await problemOf(r);
  tick();
  return r;
}

async function json<T>(method: string, path: string, o: Options): Promise<T> {
  const r = await send(method, path, o);
  return (r.status === 204 ? undefined : await r.json()) as T;
}

export const get = <T>(path: string, query?: Query, signal?: AbortSignal) =>
  json<T>('GET', path, { query, signal });
export const post = <T>(path: string, body: unknown = {}, id: string = requestId()) =>
  json<T>('POST', path, { body, id });
export const put = <T>(path: string, body: unknown) => json<T>('PUT', path, { body });
export const del = <T>(path: string) => json<T>('DELETE', path, {});

/** All pages of a list of the server. */
export async function whole<T>(path: string, member: string, signal: AbortSignal): Promise<T[]> {
  const all: T[] = [];
  let cursor: string | undefined;
  do {
    const r = await get<Record<string, unknown>>(path, { limit: 100, cursor }, signal);
    all.push(...(r[member] as T[]));
    cursor = r['cursor'] as string | undefined;
  } while (cursor);
  return all;
}
