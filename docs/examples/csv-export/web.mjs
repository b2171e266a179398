// web.mjs - the web application: takes an order for an export, answers at once, hands out the file when it is there.
// 受け付けてすぐ 202 を返し、できたファイルを渡す Web アプリケーション。
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { Readable } from 'node:stream';
import { rest, url } from '../rest.mjs';

const dir = process.env.EXPORTS ?? '/tmp/exports';
await rest('PUT', '/v1/queues/exports', { track: true, purpose: 'CSV exports, minutes long' });

const json = (res, status, data, headers = {}) =>
  res.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(data));

async function body(req) {
  const parts = await req.toArray();
  return JSON.parse(Buffer.concat(parts).toString() || '{}');
}

async function answer(req, res) {
  const [, , id, what] = new URL(req.url, 'http://x').pathname.split('/');
  if (req.method === 'POST' && !id) {
    const { rows, part_rows = 10_000 } = await body(req);
    if (![rows, part_rows].every((n) => Number.isInteger(n) && n > 0))
      return json(res, 400, { detail: 'rows and part_rows are whole numbers above 0' });
    // A browser that sends its form twice gets the same export. / 同じ鍵なら二重に受け付けない。
    const key = req.headers['idempotency-key'];
    const job = await rest('POST', '/v1/queues/exports/jobs', { payload: { rows, part_rows } },
      key ? { 'Idempotency-Key': key } : {});
    return json(res, 202, { id: job.id, state: job.state }, { location: `/exports/${job.id}` });
  }
  if (req.method === 'DELETE') return json(res, 200,
    await rest('POST', `/v1/jobs/${id}/cancel`, { reason: 'by the user' }));
  if (what === 'events') {
    const from = await fetch(`${url}/v1/jobs/${id}/events`, { headers: { accept: 'text/event-stream' } });
    res.writeHead(from.status, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    const stream = Readable.fromWeb(from.body);
    res.on('close', () => stream.destroy());
    return stream.on('error', () => res.end()).pipe(res);
  }
  const job = await rest('GET', `/v1/jobs/${id}`);
  if (what !== 'file') return json(res, 200, job);
  if (job.state !== 'SUCCEEDED') return json(res, 409, { detail: `the export is ${job.state}` });
  res.writeHead(200, { 'content-type': 'text/csv', 'content-disposition': 'attachment; filename="export.csv"' });
  return fs.createReadStream(path.join(dir, job.result.file)).pipe(res);
}

const server = http.createServer((req, res) =>
  answer(req, res).catch((e) => json(res, e.status ?? 500, { detail: e.message })));
server.listen(Number(process.env.PORT ?? 8080), '127.0.0.1',
  () => console.log(`listening on ${server.address().port}`));
