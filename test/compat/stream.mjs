// stream.mjs - a client of Server-Sent Events for the suites: what an EventSource does, and waiting for the
// event that a story is about.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after } from 'node:test';
import { until } from './lib.mjs';

/** What an SSE reader does with lines, as the standard has it. */
function parser(got) {
  let rest = '', event = {}, id = '';
  return (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      const [, name, value] = /^([^:]*)(?:: ?(.*))?$/.exec(line);
      if (line === '') {
        if (event.data !== undefined) got({ name: event.event ?? 'message', id, data: JSON.parse(event.data) });
        else if ('id' in event) got({ name: '(position)', id });
        event = {};
      } else if (name === 'id') {
        id = event.id = value;
      } else if (name !== '') {
        event[name] = value;
      }
    }
  };
}

const streams = new Set();
after(() => { for (const s of streams) s.end(); });

/** A stream of events. `next(fits)` waits for the first one that fits and was not given yet. */
export class Stream {
  static open(to, path, { headers = {}, agent } = {}) {
    const s = new Stream();
    s.events = [];
    s.given = 0;
    s.ended = false;
    streams.add(s);
    return new Promise((resolve, reject) => {
      s.req = http.request(new URL(path, to.url), { headers: { accept: 'text/event-stream', ...headers }, agent },
        (res) => {
        s.res = res;
        s.status = res.statusCode;
        s.headers = res.headers;
        let text = '';
        const parse = parser((e) => s.events.push(e));
        res.setEncoding('utf8').on('data', (d) => { if (s.status === 200) parse(d); else text += d; });
        res.on('close', () => { s.ended = true; streams.delete(s); });
        res.on('error', () => {});
        if (s.status === 200) resolve(s);
        else res.on('end', () => { s.problem = JSON.parse(text); resolve(s); });
      });
      s.req.on('error', (e) => { s.ended = true; reject(e); });
      s.req.end();
    });
  }

  async next(fits = (e) => e.name === 'job') {
    if (typeof fits === 'string') return this.next((e) => e.name === fits);
    return until(`an event like ${fits}`, () => {
      while (this.given < this.events.length) {
        const e = this.events[this.given++];
        if (fits(e)) return e;
      }
      assert.ok(!this.ended, `the stream has ended; it had ${JSON.stringify(this.events.slice(-3))}`);
      return null;
    });
  }

  /** The types of the next changes, as "job.pending job.running". */
  async types(count) {
    const list = [];
    while (list.length < count) list.push((await this.next()).data.type);
    return list.join(' ');
  }

  get position() { return this.events.at(-1)?.id; }
  closed() { return until('the end of the stream', () => this.ended); }
  end() { this.req.destroy(); streams.delete(this); }
}
