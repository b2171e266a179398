// collector.mjs - a receiver of OTLP/HTTP with JSON. It takes only what the published mapping of
// opentelemetry-proto to JSON allows (no member that is not in the .proto files, ids in hex of the right
// length, 64-bit numbers as text, enums as numbers) and answers 400 to anything else, as a collector does.
import assert from 'node:assert/strict';
import http from 'node:http';

const hex = (size) => (v) => assert.match(v, new RegExp(`^(?!0+$)[0-9a-f]{${2 * size}}$`));
const text = (v) => assert.equal(typeof v, 'string');
const int64 = (v) => assert.match(v, /^-?[0-9]{1,19}$/);
const time = (v) => { int64(v); assert.ok(BigInt(v) > 1_600_000_000_000_000_000n, v); };
const oneOf = (...values) => (v) => assert.ok(values.includes(v), String(v));
const list = (shape) => (v) => { assert.ok(Array.isArray(v)); for (const x of v) check(x, shape); };
const object = (shape, needed = []) => (v) => {
  assert.equal(typeof v, 'object');
  for (const [key, value] of Object.entries(v)) {
    assert.ok(key in shape, `there is no ${key} in ${Object.keys(shape)}`);
    check(value, shape[key]);
  }
  for (const key of needed) assert.ok(key in v, `${key} is missing`);
};
const check = (value, shape) => shape(value);

const anyValue = object({ stringValue: text, intValue: int64, boolValue: (v) => assert.equal(typeof v, 'boolean') });
const attributes = list(object({ key: text, value: anyValue }, ['key', 'value']));
const SPAN = object({ traceId: hex(16), spanId: hex(8), parentSpanId: hex(8), name: text, kind: oneOf(1, 2, 3, 4, 5),
  startTimeUnixNano: time, endTimeUnixNano: time, attributes, status: object({ code: oneOf(0, 1, 2), message: text }) },
['traceId', 'spanId', 'name', 'kind', 'startTimeUnixNano', 'endTimeUnixNano']);
const scope = object({ name: text, version: text });
const REQUEST = object({ resourceSpans: list(object({ resource: object({ attributes }),
  scopeSpans: list(object({ scope, spans: list(SPAN) }, ['spans'])) }, ['resource', 'scopeSpans'])) },
    ['resourceSpans']);

const plain = (attrs) => Object.fromEntries(attrs.map(({ key, value }) => [key, Object.values(value)[0]]));

/** Takes traces on a port of its own. `answers`: what the next requests get, [status, headers, body] each. */
export async function collector() {
  const c = { spans: [], requests: [], resources: [], answers: [], problems: [] };
  const server = http.createServer((req, res) => {
    const parts = [];
    req.on('data', (d) => parts.push(d));
    req.on('end', () => {
      c.requests.push({ at: performance.now(), url: req.url, method: req.method, headers: req.headers });
      const [status, headers, body] = c.answers.shift() ?? [200, {}, '{}'];
      try {
        assert.equal(`${req.method} ${req.url}`, 'POST /v1/traces');
        assert.equal(req.headers['content-type'], 'application/json');
        const request = JSON.parse(Buffer.concat(parts).toString());
        check(request, REQUEST);
        if (status < 300)
          for (const { resource, scopeSpans } of request.resourceSpans) {
            c.resources.push(plain(resource.attributes));
            for (const s of scopeSpans.flatMap((x) => x.spans))
              c.spans.push({ ...s, of: plain(s.attributes ?? []) });
          }
      } catch (e) {
        c.problems.push(e.message);
        res.writeHead(400).end('{"code":3}');
        return;
      }
      res.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
    });
  });
  c.open = (port = 0) => new Promise((done) => server.listen(port, '127.0.0.1', done));
  c.close = () => new Promise((done) => { server.close(done); server.closeAllConnections(); });
  await c.open();
  c.port = server.address().port;
  c.url = `http://127.0.0.1:${c.port}`;
  return c;
}
