// receiver.mjs - receives the messages of a push queue by HTTP, checks their signatures, stops
// when it has handled COUNT. Needs only Node. / プッシュキューの受信側。COUNT 件を処理したら終わる。
//
//   ringi serve --data /tmp/ringi-try --auth off --allow-private-webhooks
//   node receiver.mjs
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import http from 'node:http';

const RINGI = process.env.RINGI_URL ?? 'http://127.0.0.1:9324';
const QUEUE = process.env.QUEUE ?? 'sample-webhook';
const COUNT = Number(process.env.COUNT ?? 3);
const SECRET = process.env.WEBHOOK_SECRET ?? `whsec_${randomBytes(32).toString('base64')}`;
const AGE_MAX_S = 300;   // an older request is a repeated one / 古い要求は再送攻撃とみなす

/** Whether one of the signatures is ours: HMAC-SHA256 of "id.timestamp.body". */
function genuine(headers, body) {
  const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signatures } = headers;
  if (!id || !signatures || !(Math.abs(Date.now() / 1000 - Number(at)) < AGE_MAX_S)) return false;
  const key = Buffer.from(SECRET.slice('whsec_'.length), 'base64');
  const ours = createHmac('sha256', key).update(`${id}.${at}.`).update(body).digest();
  return signatures.split(' ').some((s) => {
    const [version, text] = s.split(',');
    const theirs = Buffer.from(text ?? '', 'base64');
    return version === 'v1' && theirs.length === ours.length && timingSafeEqual(theirs, ours);
  });
}

const seen = new Set();   // a real receiver keeps these in its database / 実際はデータベースに置く
let failedOnce = false;

/** The work. Throws to be called again. / 例外を投げると、あとで再び呼ばれる。 */
function handle(body) {
  if (body.endsWith('2') && !failedOnce) {
    failedOnce = true;
    throw new Error('not yet');
  }
  console.log('handled:', body);
}

const server = http.createServer((req, res) => {
  const parts = [];
  req.on('data', (d) => parts.push(d)).on('end', () => {
    const body = Buffer.concat(parts);
    if (!genuine(req.headers, body)) return res.writeHead(401).end('bad signature');
    const id = req.headers['webhook-id'];
    try {
      if (!seen.has(id)) handle(body.toString());   // at least once: the same id may come twice / 重複を除く
      seen.add(id);
      res.writeHead(204).end();                     // 2xx: done, the message is deleted / 完了
    } catch (e) {
      console.log('comes back:', e.message);
      res.writeHead(503, { 'Retry-After': '1' }).end(e.message);
    }
    if (seen.size === COUNT) server.close();
  });
});
server.keepAliveTimeout = 1000;
await new Promise((done) => server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', done));

async function ask(method, path, body) {
  const r = await fetch(RINGI + path, { method, headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body) });
  if (!r.ok) throw new Error(`${method} ${path}: ${r.status} ${await r.text()}`);
}
await ask('PUT', `/v1/queues/${QUEUE}`,
  { push: { url: `http://127.0.0.1:${server.address().port}/hook`, secret: SECRET, concurrency: 1 } });
for (let i = 1; i <= COUNT; i++) await ask('POST', `/v1/queues/${QUEUE}/messages`, { body: `job ${i}` });
