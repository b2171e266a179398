// bank.mjs LIMIT - somebody else's API: 429 above so many calls in any second. GET / tells what it has seen.
// 任意の 1 秒間に LIMIT 回を超えると 429 を返す外部 API。
import http from 'node:http';

const limit = Number(process.argv[2] ?? 40);
const took = [], paid = new Map();
let refused = 0, most = 0;

const server = http.createServer(async (req, res) => {
  if (req.method === 'GET')
    return res.end(JSON.stringify({ paid: paid.size, calls: took.length, refused, most }));
  const now = performance.now();
  const lately = took.filter((at) => at > now - 1000).length;
  const order = Buffer.concat(await req.toArray()).toString();
  most = Math.max(most, lately + 1);
  if (lately >= limit) {
    refused++;
    return res.writeHead(429, { 'retry-after': '1' }).end();
  }
  took.push(now);
  paid.set(order, (paid.get(order) ?? 0) + 1);
  return setTimeout(() => res.end('{}'), 50); // it is slow, too
});
server.listen(Number(process.env.PORT ?? 8081), '127.0.0.1',
  () => console.log(`listening on ${server.address().port}`));
