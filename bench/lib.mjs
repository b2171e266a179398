// lib.mjs - what the measurements share: a server, its own load client, the machine, medians.
import { execFile, spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
export const RINGI = path.resolve(process.env.RINGI ?? path.join(ROOT, 'build/ringi'));
const execute = promisify(execFile);

export const median = (list) => {
  const s = list.filter((x) => Number.isFinite(x)).sort((a, b) => a - b);
  return s.length ? (s[(s.length - 1) >> 1] + s[s.length >> 1]) / 2 : null;
};
export const quantile = (list, q) => [...list].sort((a, b) => a - b)[Math.floor(q * (list.length - 1))] ?? 0;
export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** --name value pairs over defaults; a default that is a number makes a number. */
export function options(defaults) {
  const o = { ...defaults }, words = process.argv.slice(2);
  while (words.length) {
    const [name, inline] = words.shift().replace(/^--/, '').split('=');
    if (!(name in o)) {
      console.error(`There is no option --${name}; there are ${Object.keys(o).map((k) => `--${k}`).join(' ')}.`);
      process.exit(2);
    }
    if (typeof o[name] === 'boolean') { o[name] = true; continue; }
    const value = inline ?? words.shift();
    o[name] = typeof o[name] === 'number' ? Number(value) : value;
  }
  return o;
}

export async function freePort() {
  const s = net.createServer();
  await new Promise((done) => s.listen(0, '127.0.0.1', done));
  const { port } = s.address();
  await new Promise((done) => s.close(done));
  return port;
}

const agent = new http.Agent({ keepAlive: true });
/** One SQS action; gives the answer, throws on a refusal. */
export function sqs(server, action, parameters, options = {}) {
  const body = JSON.stringify(parameters);
  return new Promise((done, fail) => {
    const r = http.request(server.url, { method: 'POST', agent, ...options,
      headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AmazonSQS.${action}` } }, (res) => {
      let text = '';
      res.setEncoding('utf8').on('data', (d) => { text += d; });
      res.on('end', () => (res.statusCode === 200 ? done(text ? JSON.parse(text) : {}) : fail(new Error(text))));
    });
    r.on('error', fail);
    r.end(body);
  });
}

const living = new Set();
process.on('exit', () => { for (const p of living) p.kill('SIGKILL'); });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130));

/** A ringi of our own. `data` is kept when given, else a temporary folder that goes away. */
export class Ringi {
  static async start({ data, scratch = os.tmpdir(), flags = [] } = {}) {
    const s = new Ringi();
    s.temporary = data === undefined;
    s.data = data ?? fs.mkdtempSync(path.join(scratch, 'ringi-bench-'));
    s.port = await freePort();
    s.url = `http://127.0.0.1:${s.port}`;
    s.log = fs.openSync(path.join(s.data, 'server.log'), 'a');
    const began = performance.now();
    s.process = spawn(RINGI, ['serve', '--data', s.data, '--listen', `127.0.0.1:${s.port}`, '--auth', 'off', ...flags],
      { stdio: ['ignore', s.log, s.log] });
    living.add(s.process);
    s.exit = new Promise((done) => { s.process.on('exit', (code) => { living.delete(s.process); done(code); }); });
    await s.ready();
    s.startMs = performance.now() - began;
    return s;
  }

  async ready() {
    for (let i = 0; i < 60_000; i++) {
      if (this.process.exitCode !== null) throw new Error(`ringi ended at its start; see ${this.data}/server.log`);
      const ok = await new Promise((done) => {
        const r = http.get(`${this.url}/readyz`, { agent: false },
          (res) => { res.resume(); done(res.statusCode === 200); });
        r.on('error', () => done(false));
      });
      if (ok) return;
      await sleep(1);
    }
    throw new Error('ringi was not ready in a minute');
  }

  /** Resident and proportional MiB, from the kernel. */
  memory() {
    const text = fs.readFileSync(`/proc/${this.process.pid}/smaps_rollup`, 'utf8');
    const kib = (name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);
    return { rss_mb: Math.round(kib('Rss') / 102.4) / 10, pss_mb: Math.round(kib('Pss') / 102.4) / 10 };
  }

  /** One request of /v1 as somebody; gives the answer's text, throws on another status. */
  rest(who, method, at, body, status = method === 'POST' ? 201 : 200) {
    return new Promise((done, failed) => {
      const request = http.request(`${this.url}${at}`, { agent, method,
        headers: { 'content-type': 'application/json', 'x-ringi-user': who } }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (piece) => { text += piece; });
        answer.on('end', () => (answer.statusCode === status ? done(text)
          : failed(new Error(`${method} ${at}: ${answer.statusCode} ${text}`))));
      });
      request.on('error', failed);
      request.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  /** `ringi bench` against it. */
  async bench(...args) {
    const { stdout } = await execute(RINGI, ['bench', '--server', this.url, '--json', ...args.map(String)]);
    return JSON.parse(stdout);
  }

  async stop() {
    this.process.kill('SIGTERM');
    const timer = setTimeout(() => this.process.kill('SIGKILL'), 20_000);
    await this.exit;
    clearTimeout(timer);
    fs.closeSync(this.log);
    if (this.temporary) fs.rmSync(this.data, { recursive: true, force: true });
  }
}

/** What somebody needs to know to compare. */
export async function machine() {
  const cpu = os.cpus();
  const version = (await execute(RINGI, ['version'])).stdout.trim();
  const release = fs.existsSync('/etc/os-release')
    ? /^PRETTY_NAME="?([^"\n]*)/m.exec(fs.readFileSync('/etc/os-release', 'utf8'))?.[1] : os.type();
  return {
    ringi: version, cpus: `${cpu.length} x ${cpu[0]?.model.trim()}`, memory_gib: Math.round(os.totalmem() / 2 ** 30),
    kernel: os.release(), system: release, node: process.version, date: new Date().toISOString().slice(0, 10),
    sync_us: syncTime(os.tmpdir()),
  };
}

/** Median microseconds of an fdatasync of 4 KiB inside a file. */
function syncTime(folder) {
  const file = path.join(folder, `ringi-sync-${process.pid}`), fd = fs.openSync(file, 'w'),
    page = Buffer.alloc(4096, 1);
  try {
    fs.writeSync(fd, Buffer.alloc(1 << 20));
    fs.fsyncSync(fd);
    const times = Array.from({ length: 200 }, (_, i) => {
      const began = performance.now();
      fs.writeSync(fd, page, 0, page.length, (i % 256) * 4096);
      fs.fdatasyncSync(fd);
      return performance.now() - began;
    });
    return Math.round(median(times) * 1000);
  } finally {
    fs.closeSync(fd);
    fs.rmSync(file);
  }
}

/** A Markdown table. */
export const table = (head, rows) => [head, head.map(() => '---'), ...rows]
  .map((r) => `| ${r.map((x) => x ?? '').join(' | ')} |`).join('\n');
export const figure = (x) => (x === null || x === undefined ? '-' : x >= 100 ? Math.round(x).toLocaleString('en')
  : String(Math.round(x * 100) / 100));
