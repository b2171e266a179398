// votes-live.mjs - from a vote to the event that tells it: how long a watcher waits.
//
//   node bench/votes-live.mjs [VOTES_A_SECOND]      against build/ringi, in a folder of its own
//
// 50 approvals of 60 people, one watcher each; votes come at a steady rate for 8 seconds at most. Measured from before
// the POST until the watcher has read the event, in one process, so the client's own work is in it.
import http from 'node:http';
import { start } from '../test/compat/lib.mjs';

const APPROVALS = 50, PEOPLE = 60, SECONDS = 8;
const rate = Number(process.argv[2] ?? 500);
const server = await start({ flags: [] });
const people = Array.from({ length: PEOPLE }, (_, i) => `p${i}`);
const sent = new Map(), took = [];

function heard(id, text, at) {
  if (!text.includes('event: changed')) return;
  const lines = text.split('\n').filter((l) => l.startsWith('data:')).map((l) => l.slice(5));
  for (const slot of JSON.parse(lines.join('')).slots ?? []) {
    const key = `${id} ${slot.user}`;
    if (slot.state !== 'DECIDED' || !sent.has(key)) continue;
    took.push(at - sent.get(key));
    sent.delete(key);
  }
}

/** Resolves with the first event: from then on everything is told. */
const watch = (id) => new Promise((ready) => {
  const headers = { 'x-ringi-user': 'watcher', accept: 'text/event-stream' };
  http.get(`${server.url}/v1/approvals/${id}/events`, { headers }, (res) => {
    let rest = '';
    res.setEncoding('utf8').on('data', (d) => {
      const at = performance.now();
      const blocks = (rest + d).split('\n\n');
      rest = blocks.pop();
      for (const b of blocks) heard(id, b, at);
      if (blocks.length > 0) ready();
    });
  });
});

const post = (path, body, who) => server.json('POST', path, body, { 'x-ringi-user': who });
const ids = [];
for (let i = 0; i < APPROVALS; i++)
  ids.push((await post('/v1/approvals', { policy: { need: 'all', of: people }, subject: 's' }, 'applicant')).data.id);
await Promise.all(ids.map(watch));

const begin = performance.now(), pending = [];
const passed = () => (performance.now() - begin) / 1000;
for (let n = 0; n < APPROVALS * PEOPLE && passed() < SECONDS; await new Promise((done) => { setTimeout(done, 2); })) {
  for (const due = Math.min(APPROVALS * PEOPLE, Math.floor(passed() * rate)); n < due; n++) {
    const id = ids[n % APPROVALS], who = people[Math.floor(n / APPROVALS)];
    sent.set(`${id} ${who}`, performance.now());
    pending.push(post(`/v1/approvals/${id}/votes`, { do: 'approve' }, who));
  }
}
await Promise.all(pending);
const seconds = passed();
for (const end = Date.now() + 5000; sent.size > 0 && Date.now() < end;)
  await new Promise((done) => { setTimeout(done, 20); });
took.sort((a, b) => a - b);
const ms = (share) => took[Math.floor(took.length * share)].toFixed(1);
console.log(`${pending.length} votes in ${seconds.toFixed(1)} s, ${took.length} told: P50 ${ms(0.5)} ms, P95 ${ms(0.95)} ms, `
  + `P99 ${ms(0.99)} ms`);
server.process.kill('SIGTERM');
await server.exit;
process.exit(0);
