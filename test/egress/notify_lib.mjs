// notify_lib.mjs - what the suites about notifications share: a mail server, HTTP receivers, asking.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import http from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from '../compat/lib.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
export const PEM = path.join(here, 'self-signed.pem');

/** A real mail server in a process of its own; `mails` is what it took. */
export async function mailServer(t, tls = 'starttls', login = undefined) {
  const p = spawn('/usr/bin/python3', [path.join(here, 'smtp_server.py'), PEM, tls, ...(login ? [login] : [])],
    { stdio: ['ignore', 'pipe', 'inherit'] });
  const server = { mails: [], port: 0 };
  let text = '';
  p.stdout.setEncoding('utf8').on('data', (d) => {
    text += d;
    for (let end; (end = text.indexOf('\n')) >= 0; text = text.slice(end + 1)) {
      const line = text.slice(0, end);
      if (line.startsWith('port ')) server.port = Number(line.slice(5));
      else server.mails.push(readMail(JSON.parse(line)));
    }
  });
  t.after(() => p.kill('SIGKILL'));
  await until('the mail server', () => server.port);
  server.got = (n = 1, limit) => until(`${n} mails`, () => server.mails.length >= n && server.mails[n - 1], limit);
  return server;
}

const words = (s) => s.replace(/\r\n /g, '').replace(/=\?UTF-8\?B\?([^?]*)\?=/g,
  (_, w) => Buffer.from(w, 'base64').toString());

/** Headers by small name, and the decoded parts. */
function readMail(mail) {
  const [head, ...rest] = mail.data.split('\r\n\r\n');
  const headers = {};
  for (const line of head.replace(/\r\n(?=[ \t])/g, '\r\n').split(/\r\n(?![ \t])/)) {
    const [, name, value] = /^([^:]+): ([^]*)$/.exec(line);
    assert.ok(!(name.toLowerCase() in headers), `header ${name} stands twice`);
    headers[name.toLowerCase()] = words(value.replace(/\?=\r\n =\?/g, '?==?'));
  }
  const [, boundary] = /boundary="([^"]+)"/.exec(headers['content-type']);
  const parts = {};
  for (const part of rest.join('\r\n\r\n').split(`--${boundary}`).slice(1, -1)) {
    const [partHead, body] = part.split('\r\n\r\n');
    parts[/Content-Type: text\/(\w+)/.exec(partHead)[1]] = Buffer.from(body, 'base64').toString();
  }
  return { ...mail, headers, text: parts.plain, html: parts.html };
}

/** An HTTP listener that keeps what it was sent; `answer(request, response, nth)` decides. */
export async function endpoint(t, answer = (r, res) => res.writeHead(200).end('ok')) {
  const point = { requests: [] };
  const listener = http.createServer((req, res) => {
    const parts = [];
    req.on('data', (d) => parts.push(d)).on('end', () => {
      const bytes = Buffer.concat(parts), text = bytes.toString();
      const request = { method: req.method, path: req.url, headers: req.headers, at: Date.now(), text, bytes };
      try { request.body = JSON.parse(text); } catch { /* it is no JSON */ }
      point.requests.push(request);
      answer(request, res, point.requests.length);
    });
  });
  await new Promise((done) => listener.listen(0, '127.0.0.1', done));
  t.after(() => { listener.closeAllConnections(); listener.close(); });
  point.url = `http://127.0.0.1:${listener.address().port}`;
  point.called = (n = 1) => until(`${n} calls`, () => point.requests.length >= n && point.requests[n - 1]);
  return point;
}

/** Asks the server, and insists on the status. */
export const asking = (server) => async (method, at, body, status = 200, as = 'admin') => {
  const r = await server.json(method, `/v1${at}`, body, { 'x-ringi-user': as });
  assert.equal(r.status, status, `${method} ${at}: ${r.text}`);
  return r.data;
};
