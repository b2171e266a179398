// postgres.mjs - a PostgreSQL of one's own for a test: made, started, ended by pid.
//
//   const db = await startPostgres();           // a folder, a free port, trust on loopback
//   await db.sql('create table t (id int)');    // psql; gives the output, one row a line
//   await db.restart({ hard: true });           // kill -9, and up again
//   await db.stop();                            // the folder is gone too
//   const copy = await startStandby(db);        // follows it by streaming replication
//
// The server refuses to run as root, so then it runs as `postgres`, or as `nobody`.
// `skip` says why there is none on this machine, for node:test's { skip }.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { freePort, run, sleep } from './lib.mjs';

const READY_MS = 30_000;
const USER = 'ringi';

/** The newest of Debian's folders, else what PATH has. */
function programs() {
  const root = '/usr/lib/postgresql';
  const versions = fs.existsSync(root) ? fs.readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  const found = versions.map((v) => path.join(root, v, 'bin')).find((d) => fs.existsSync(path.join(d, 'initdb')));
  if (found) return found;
  const which = spawnSync('which', ['initdb'], { encoding: 'utf8' });
  return which.status === 0 ? path.dirname(which.stdout.trim()) : undefined;
}

const BIN = programs();
export const skip = BIN ? false : 'PostgreSQL is not installed (Debian package postgresql)';

/** { uid, gid } to run it as; empty when we are not root. */
function owner() {
  if (process.getuid() !== 0) return {};
  for (const name of ['postgres', 'nobody']) {
    const line = fs.readFileSync('/etc/passwd', 'utf8').split('\n').find((l) => l.startsWith(`${name}:`));
    if (line) return { uid: Number(line.split(':')[2]), gid: Number(line.split(':')[3]) };
  }
  throw new Error('there is no user to run PostgreSQL as');
}

const living = new Set();
process.on('exit', () => {
  for (const db of living) {
    try { db.process.kill('SIGKILL'); } catch { /* has ended */ }
    fs.rmSync(db.dir, { recursive: true, force: true });
  }
});

class Postgres {
  constructor(settings, memory) {
    this.settings = settings;
    this.owner = owner();
    this.dir = fs.mkdtempSync(path.join(memory && fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir(), 'ringi-pg-'));
    this.data = path.join(this.dir, 'data');
    this.user = USER;
    this.database = 'postgres';
  }

  get url() { return `postgres://${USER}@127.0.0.1:${this.port}/${this.database}`; }

  init({ password }) {
    const args = ['-D', this.data, '-U', USER, '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync', '-A',
      password ? 'scram-sha-256' : 'trust'];
    if (password) {
      this.password = password;
      fs.writeFileSync(path.join(this.dir, 'password'), password);
      args.push(`--pwfile=${path.join(this.dir, 'password')}`);
    }
    if (this.owner.uid !== undefined) {
      for (const f of [this.dir, ...fs.readdirSync(this.dir).map((n) => path.join(this.dir, n))])
        fs.chownSync(f, this.owner.uid, this.owner.gid);
    }
    const r = spawnSync(path.join(BIN, 'initdb'), args, { ...this.owner, cwd: this.dir, encoding: 'utf8' });
    if (r.status !== 0) throw new Error(`initdb: ${r.stderr || r.error?.message}`);
  }

  async launch() {
    this.port ??= await freePort();
    this.said = '';
    const settings = { listen_addresses: '127.0.0.1', port: this.port, unix_socket_directories: this.dir,
      fsync: 'off', max_connections: 50, shared_buffers: '16MB', ...this.settings };
    const args = ['-D', this.data, ...Object.entries(settings).flatMap(([k, v]) => ['-c', `${k}=${v}`])];
    this.ended = undefined;
    this.process = spawn(path.join(BIN, 'postgres'), args,
      { ...this.owner, cwd: this.dir, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.process.stdout, this.process.stderr])
      stream.on('data', (d) => { this.said = (this.said + d).slice(-20_000); });
    this.exit = new Promise((done) => {
      this.process.on('error', (e) => done(this.ended = { code: null, signal: e.message }));
      this.process.on('exit', (code, signal) => done(this.ended = { code, signal }));
    });
    living.add(this);
    await this.ready();
    return this;
  }

  async ready() {
    for (const end = Date.now() + READY_MS; ; await sleep(20)) {
      if (this.ended) throw new Error(`PostgreSQL ended at its start: ${this.said}`);
      const r = spawnSync(path.join(BIN, 'pg_isready'), ['-q', '-h', '127.0.0.1', '-p', String(this.port)]);
      if (r.status === 0) return;
      if (Date.now() > end) throw new Error(`PostgreSQL was not ready in ${READY_MS} ms: ${this.said}`);
    }
  }

  env() {
    return { PGHOST: '127.0.0.1', PGPORT: String(this.port), PGUSER: USER, PGDATABASE: this.database,
      PGCLIENTENCODING: 'UTF8', ...(this.password ? { PGPASSWORD: this.password } : {}) };
  }

  /** The line that starts psql: for a session of one's own. Statements come on standard input. */
  psql() {
    return { file: path.join(BIN, 'psql'), args: ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1'], env: this.env() };
  }

  /** Runs statements; throws with what the database said. */
  async sql(text) {
    const { file, args, env } = this.psql();
    const r = await run(file, args, { env, input: text });
    if (r.code !== 0) throw new Error(`${r.stderr.trim()} in: ${text}`);
    return r.stdout.trimEnd();
  }

  /** Rows of a query, each an object. */
  async rows(query) {
    const out = await this.sql(`select coalesce(json_agg(q), '[]') from (${query}) q`);
    return JSON.parse(out);
  }

  /** kill -9; the sessions see it and end. */
  async crash() {
    this.process.kill('SIGKILL');
    await this.exit;
    living.delete(this);
    await this.sessionsGone();
  }

  /** Shared memory of a killed server is freed by its last session; all of them live in its folder. */
  async sessionsGone() {
    const there = () => fs.readdirSync('/proc').some((p) => {
      try {
        return /^\d+$/.test(p) && fs.readlinkSync(`/proc/${p}/cwd`) === this.data;
      } catch {
        return false; // has ended, or is not ours to look at
      }
    });
    for (const end = Date.now() + 20_000; there() && Date.now() < end;) await sleep(20);
  }

  /** Fast shutdown: sessions are cut off. */
  async down() {
    if (this.ended) return;
    this.process.kill('SIGINT');
    const timer = setTimeout(() => this.process.kill('SIGKILL'), 20_000);
    await this.exit;
    clearTimeout(timer);
    living.delete(this);
  }

  async restart({ hard = false } = {}) {
    if (hard) await this.crash();
    else await this.down();
    return this.launch();
  }

  async stop() {
    await this.down();
    fs.rmSync(this.dir, { recursive: true, force: true });
  }
}

/** settings: of postgresql.conf; password: what every connection must know; memory: its folder lies there. */
export async function startPostgres({ settings = {}, password, memory = false } = {}) {
  const db = new Postgres(settings, memory);
  try {
    db.init({ password });
    return await db.launch();
  } catch (e) {
    fs.rmSync(db.dir, { recursive: true, force: true });
    throw e;
  }
}

/** A server that streams from `primary` and answers reads; `select pg_promote()` makes it one that writes. */
export async function startStandby(primary, { settings = {} } = {}) {
  const copy = new Postgres(settings, false);
  try {
    if (copy.owner.uid !== undefined) fs.chownSync(copy.dir, copy.owner.uid, copy.owner.gid);
    const r = spawnSync(path.join(BIN, 'pg_basebackup'),
      ['-D', copy.data, '-R', '-X', 'stream', '-c', 'fast', '--no-sync'],
      { ...copy.owner, cwd: copy.dir, env: { ...process.env, ...primary.env() }, encoding: 'utf8' });
    if (r.status !== 0) throw new Error(`pg_basebackup: ${r.stderr || r.error?.message}`);
    return await copy.launch();
  } catch (e) {
    fs.rmSync(copy.dir, { recursive: true, force: true });
    throw e;
  }
}
