// relay.mjs - an application with an outbox table, its relay and the server, all of them killed.
//
// The application keeps a counter for each key and writes, in one transaction, the counter, an
// order with a token, and the outbox row that says both; a fifth of its transactions is rolled
// back. So the database itself knows what must have arrived: of each key the orders 1, 2, 3 ...
// with their tokens, and nothing else. Half of the keys go to a FIFO queue, which must have each
// of them once; the others to a standard queue, which may have some twice, but each for the
// first time in its order.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { Client } from './client.mjs';
import { Cannot, defer, freePort, must, now, RINGI, Server, sleep } from './lib.mjs';
import { skip as noPostgres, startPostgres } from '../compat/postgres.mjs';

const PYTHON = '/usr/bin/python3';
const FIFO = 'chaos.fifo', STANDARD = 'chaos';
const KEYS = Array.from({ length: 16 }, (_, i) => ({ key: `k${i}`, queue: i % 2 ? FIFO : STANDARD }));

// ---- the application's database: SQLite by Python, PostgreSQL by psql

const TABLES = (kind) => {
	const id = kind === 'sqlite' ? 'integer primary key autoincrement' :
		'bigint generated always as identity primary key';
	const at = kind === 'sqlite' ? 'text' : 'timestamptz';
	return `create table outbox (id ${id}, queue text, body text, message_group text, sent_at ${at}, error text);
		create index outbox_waiting on outbox (id) where sent_at is null and error is null;
		create index outbox_set_aside on outbox (message_group, id) where sent_at is null and error is not null;
		create table keys (key text primary key, queue text, next integer);
		create table orders (key text, seq integer, token text);
		insert into keys values ${KEYS.map((k) => `('${k.key}', '${k.queue}', 1)`).join(', ')};`;
};

const SQLITE = `
import json, os, random, signal, sqlite3, sys, time
file, how, seed = sys.argv[1], sys.argv[2], int(sys.argv[3])
db = sqlite3.connect(file, timeout=30, isolation_level=None)
if how == 'script':
    db.executescript(sys.stdin.read())
    sys.exit()
if how == 'query':
    print(json.dumps(db.execute(sys.stdin.read()).fetchall()))
    sys.exit()
chance = random.Random(seed)
def step():
    if chance.random() < 0.001:
        os.kill(os.getpid(), signal.SIGKILL)
while True:
    db.execute('begin immediate')
    for _ in range(chance.randint(1, 4)):
        step()
        key = 'k%d' % chance.choice([0, 1, 0, 1, *range(16)])
        token = '%016x' % chance.getrandbits(64)
        seq, queue = db.execute('update keys set next = next + 1 where key = ? returning next - 1, queue', (key,)).fetchone()
        step()
        db.execute('insert into orders values (?, ?, ?)', (key, seq, token))
        step()
        pad = 'x' * (2000 if chance.random() < 0.02 else 20)
        db.execute('insert into outbox (queue, message_group, body) values (?, ?, ?)',
                   (queue, key, json.dumps({'key': key, 'seq': seq, 'token': token, 'pad': pad})))
    step()
    db.execute('rollback' if chance.random() < 0.2 else 'commit')
    step()
    time.sleep(0.02)
`;

class Sqlite {
	constructor(dir, journal) {
		this.kind = 'sqlite';
		this.file = path.join(dir, 'shop.db');
		this.flags = ['--sqlite', this.file];
		this.sql(`pragma journal_mode=${journal}; ${TABLES('sqlite')}`);
	}

	run(how, text) {
		return must(PYTHON, ['-c', SQLITE, this.file, how, '0'], { input: text, maxBuffer: 1 << 28 });
	}
	sql(text) { this.run('script', text); }
	query(columns, rest) { return JSON.parse(this.run('query', `select ${columns} ${rest}`)); }
	writer(rng) {
		return spawn(PYTHON, ['-c', SQLITE, this.file, 'write', String(rng.below(2 ** 31))], { stdio: 'ignore' });
	}
}

class Postgres {
	constructor(db) {
		this.kind = 'postgres';
		this.db = db;
		this.flags = ['--postgres', db.url];
	}

	run(args, text) {
		const { file, args: usual, env } = this.db.psql();
		return must(file, [...usual, ...args], { input: text, env: { ...process.env, ...env }, maxBuffer: 1 << 28 });
	}
	sql(text) { this.run([], text); }
	query(columns, rest) {
		return JSON.parse(this.run([], `select coalesce(json_agg(r), '[]') from (
			select json_build_array(${columns}) as r ${rest}) q`));
	}

	// Transactions go to psql, some a second. Locks in one order, so that two writers
	// wait for each other and never in a circle.
	writer(rng) {
		const { file, args, env } = this.db.psql();
		const child = spawn(file, args, { stdio: ['pipe', 'ignore', 'ignore'], env: { ...process.env, ...env } });
		child.stdin.on('error', () => undefined);
		const feed = () => {
			if (child.exitCode !== null || child.signalCode !== null)
				return;
			child.stdin.write(this.transaction(rng));
			setTimeout(feed, 20);
		};
		feed();
		return child;
	}

	transaction(rng) {
		const keys = Array.from({ length: 1 + rng.below(4) }, () => rng.below(3) ? rng.below(16) : rng.below(2));
		const rows = keys.sort((a, b) => a - b).map((k) => {
			const token = rng.below(2 ** 48).toString(16), pad = 'x'.repeat(rng.below(50) ? 20 : 2000);
			return `with n as (update keys set next = next + 1 where key = 'k${k}' returning *),
				o as (insert into orders select key, next - 1, '${token}' from n)
				insert into outbox (queue, message_group, body) select queue, key, json_build_object('key', key,
				'seq', next - 1, 'token', '${token}', 'pad', '${pad}') from n;\n`;
		});
		return `begin;\n${rows.join('')}${rng.below(5) ? 'commit' : 'rollback'};\n`;
	}
}

// ---- what has arrived

async function everything(port, queue) {
	const client = new Client(port), all = [];
	for (let cursor = ''; ;) {
		const answer = await client.request('GET', `/v1/queues/${queue}/messages${cursor}`);
		if (answer.status !== 200)
			throw new Error(`looking at ${queue}: ${answer.status} ${answer.body}`);
		const page = JSON.parse(answer.body);
		all.push(...page.messages.map((m) => JSON.parse(m.body)));
		if (page.cursor === undefined) {
			client.close();
			return all;
		}
		cursor = `?cursor=${page.cursor}`;
	}
}

// Compares the queues with the orders. `sum` collects figures, `bad` sentences.
async function compare(port, db, sum, bad) {
	const orders = db.query('key, seq, token', 'from orders');
	const expected = new Map(KEYS.map(({ key }) => [key, []]));
	for (const [key, seq, token] of orders)
		expected.get(key)[seq - 1] = token;
	sum.rows += orders.length;
	for (const queue of [FIFO, STANDARD]) {
		const seen = new Map(KEYS.map(({ key }) => [key, 0]));
		for (const { key, seq, token } of await everything(port, queue)) {
			const place = seen.get(key) + 1;
			sum.messages++;
			if (expected.get(key)?.[seq - 1] !== token)
				bad.push(`${queue}: ${key} ${seq} ${token} was never committed`);
			else if (seq < place && queue === STANDARD)
				sum.twice++;
			else if (seq < place)
				bad.push(`${queue}: ${key} ${seq} came twice`);
			else if (seq > place)
				bad.push(`${queue}: ${key} ${seq} came before ${place}`);
			seen.set(key, Math.max(seen.get(key), seq));
		}
		for (const { key } of KEYS.filter((k) => k.queue === queue))
			if (seen.get(key) !== expected.get(key).length)
				bad.push(`${queue}: of ${key} ${seen.get(key)} arrived, of ${expected.get(key).length}`);
	}
}

const waiting = (db) => Number(db.query('count(*)', 'from outbox where sent_at is null')[0][0]);

async function makeQueues(port) {
	const client = new Client(port);
	await client.sqs('CreateQueue', { QueueName: STANDARD });
	await client.sqs('CreateQueue', { QueueName: FIFO, Attributes: { FifoQueue: 'true' } });
	client.close();
}

// ---- chaos

// A process that is started again whenever it ends, until `stop`.
class Life {
	constructor(start) {
		this.start = start;
		this.kills = 0;
		this.deaths = 0;
		this.forget = defer(() => this.stop());
		this.live();
	}

	live() {
		if (this.stopping)
			return;
		this.child = this.start();
		this.over = new Promise((resolve) => this.child.once('exit', (code, signal) => {
			this.deaths += signal === 'SIGKILL';
			resolve({ code, signal });
			setTimeout(() => this.live(), this.pauseMs ?? 20);
		}));
	}

	kill() {
		this.kills++;
		this.killed = this.child;
		this.child.kill('SIGKILL');
	}

	// It is alive again, and so far that it takes SIGTERM for a request: caught, or blocked for
	// a descriptor (proc(5)). Before that it would only die of it.
	async hears() {
		for (const end = now() + 20000; now() < end; await sleep(5)) {
			const { pid, exitCode, signalCode } = this.child;
			if (this.child === this.killed || exitCode !== null || signalCode !== null)
				continue;
			try {
				const masks = fs.readFileSync(`/proc/${pid}/status`, 'utf8').matchAll(/^Sig(?:Cgt|Blk):\s+(\w+)$/gm);
				if ([...masks].some(([, bits]) => BigInt(`0x${bits}`) >> 14n & 1n))
					return;
			} catch { /* it ended meanwhile */ }
		}
	}

	async stop(signal = 'SIGKILL') {
		this.stopping = true;
		this.child.kill('SIGCONT');
		this.child.kill(signal);
		return this.over;
	}
}

const relay = (port, db, more, log) => () => {
	const out = fs.openSync(log, 'a');
	const child = spawn(RINGI, ['relay', ...db.flags, '--server', `http://127.0.0.1:${port}`, '--poll-ms', '10',
		'--max-tries', '1000', ...more], { stdio: ['ignore', out, out] });
	fs.closeSync(out);
	return child;
};

// A quarter of the time rows above 1 KiB are refused, so that keys are held.
async function resize(port, rng) {
	const client = new Client(port, { timeoutMs: 2000 });
	const bytes = rng.below(4) ? 1024 * 1024 : 1024;
	for (const queue of [FIFO, STANDARD])
		await client.sqs('SetQueueAttributes', { QueueUrl: `http://x/000000000000/${queue}`,
			Attributes: { MaximumMessageSize: String(bytes) } }).catch(() => undefined);
	client.close();
}

async function freeze(life, ms) {
	const { child } = life;
	child.kill('SIGSTOP');
	await sleep(ms);
	child.kill('SIGCONT');
}

// Kills until there were `kills`; the world goes on behind each.
async function chaos(t, world, kills) {
	const { db, lives, rng } = world;
	for (let i = 0; i < kills; i++) {
		await sleep(rng.between(10, 250));
		const which = rng.below(db.kind === 'postgres' ? 14 : 12);
		if (which < 3) {
			lives.writers[rng.below(lives.writers.length)].kill();
			world.sum.writer++;
		} else if (which < 8) {
			lives.relays[rng.below(2)].kill();
			world.sum.relay++;
		} else if (which < 11) {
			await world.server.kill();
			world.server = await Server.start({ dir: world.dir, port: world.port });
			world.sum.server++;
		} else if (which < 12) {
			await freeze(lives.relays[rng.below(2)], rng.between(50, 1200));
			world.sum.frozen++;
		} else {
			await db.db.restart({ hard: true });
			world.sum.database++;
		}
		if (i % 4 === 0)
			await resize(world.port, rng);
		t.progress(`${db.kind}: ${i + 1} of ${kills}`);
	}
}

// Everybody lives, nobody writes: what waits must go.
async function settle(t, world) {
	const { db, lives } = world;
	await Promise.all(lives.writers.map((w) => w.stop()));
	const client = new Client(world.port);
	for (const queue of [FIFO, STANDARD])
		await client.sqs('SetQueueAttributes', { QueueUrl: `http://x/000000000000/${queue}`,
			Attributes: { MaximumMessageSize: String(1024 * 1024) } });
	client.close();
	for (const r of lives.relays) // what was refused is held for seconds; a new one begins anew
		r.kill();
	for (const end = now() + 120000; waiting(db) > 0; await sleep(50))
		if (now() > end) {
			t.fail(`${db.kind}: ${waiting(db)} rows still wait`);
			break;
		}
	for (const r of lives.relays) {
		await r.hears();
		const { code, signal } = await r.stop('SIGTERM');
		if (code !== 0)
			t.fail(`${db.kind}: SIGTERM ended a relay with ${code ?? signal}`);
	}
}

async function oneWorld(t, db, more, kills, name) {
	const dir = `${t.dir}/${name}`, port = await freePort();
	fs.mkdirSync(dir, { recursive: true });
	const sum = { writer: 0, relay: 0, server: 0, frozen: 0, database: 0, rows: 0, messages: 0, twice: 0 };
	const world = { db, dir, port, sum, rng: t.rng, server: await Server.start({ dir, port }) };
	await makeQueues(port);
	const log = `${t.dir}/${name}.log`, rng = t.rng;
	world.lives = {
		writers: [1, 2].map(() => new Life(() => db.writer(rng))),
		relays: [1, 2].map(() => new Life(relay(port, db, more, log))),
	};
	const bad = [];
	await chaos(t, world, kills);
	await settle(t, world);
	await compare(port, db, sum, bad);
	await world.server.stop();
	const said = /.*(row set aside|\bsrc\/|Sanitizer).*/.exec(fs.readFileSync(log, 'utf8'));
	if (said)
		bad.push(`the relay said: ${said[0]}`);
	bad.slice(0, 5).forEach((b) => t.fail(`${name}: ${b}`));
	const died = world.lives.writers.reduce((n, w) => n + w.deaths, 0);
	return `${name}: ${sum.relay} kills of relays, ${died} of writers, ${sum.server} of the server` +
		`${sum.database ? `, ${sum.database} of the database` : ''}, ${sum.frozen} freezes; ${sum.rows} rows committed, ` +
		`${sum.messages} messages, ${sum.twice} twice in the standard queue, ${bad.length} violations`;
}

export async function relaychaos(t) {
	if (!fs.existsSync(PYTHON))
		throw new Cannot(`the application is in Python, and there is no ${PYTHON}`);
	const kills = t.rounds(300, 12), lines = [];
	const world = (name) => { fs.mkdirSync(`${t.dir}/${name}-db`); return `${t.dir}/${name}-db`; };
	lines.push(await oneWorld(t, new Sqlite(world('sqlite'), 'wal'), [], kills, 'sqlite'));
	if (!t.quick)
		lines.push(await oneWorld(t, new Sqlite(world('journal'), 'delete'), ['--delete'], kills, 'journal'));
	if (noPostgres)
		lines.push(`postgres: ${noPostgres}`);
	else {
		const server = await startPostgres();
		defer(() => server.stop());
		const db = new Postgres(server);
		db.sql(TABLES('postgres'));
		lines.push(await oneWorld(t, db, [], kills, 'postgres'));
	}
	return lines.join('; ');
}

// ---- the relay dies, or a call of it fails, at every step

const ROWS = 60;
const KILLED = ['sendto', 'recvfrom', 'poll', 'connect', 'fcntl', 'flock', 'pread64', 'pwrite64', 'fdatasync',
	'ftruncate', 'unlink', 'write'];
const FAILED = [['sendto', 'EPIPE'], ['sendto', 'ECONNRESET'], ['recvfrom', 'ECONNRESET'], ['connect', 'ECONNREFUSED'],
	['pwrite64', 'EIO'], ['pwrite64', 'ENOSPC'], ['pread64', 'EIO'], ['fcntl', 'EAGAIN'], ['fdatasync', 'EIO'],
	['unlink', 'EIO'], ['ftruncate', 'EIO'], ['flock', 'EAGAIN']];
const WORKERS = 3;

const rowsFor = (name) => Array.from({ length: ROWS }, (_, i) => ({ queue: i % 3 ? `${name}.fifo` : name,
	group: `g${i % 4}`, body: JSON.stringify({ name, i }) }));
const valuesOf = (rows) => rows.map((r) => `('${r.queue}', '${r.group}', '${r.body}')`).join(', ');

// A table with these rows, of its own: a file, or a table of that name.
class Point {
	static sqlite(dir, journal, name) {
		const file = path.join(dir, `${name}.db`);
		must(PYTHON, ['-c', SQLITE, file, 'script', '0'], { input: `pragma journal_mode=${journal};
			${TABLES('sqlite')} insert into outbox (queue, message_group, body) values ${valuesOf(rowsFor(name))};` });
		return { flags: ['--sqlite', file], end: () => ['', '-wal', '-shm', '-journal', '-outbox.relay']
			.forEach((more) => fs.rmSync(file + more, { force: true })) };
	}

	static postgres(db, name) {
		db.sql(`create table "${name}" (like outbox including all);
			insert into "${name}" (queue, message_group, body) values ${valuesOf(rowsFor(name))};`);
		return { flags: ['--postgres', db.db.url, '--table', name], end: () => db.sql(`drop table "${name}"`) };
	}
}

const ended = (child) => new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));

async function relayOnce(port, flags, under = []) {
	const line = [...under, RINGI, 'relay', ...flags, '--once', '--server', `http://127.0.0.1:${port}`];
	const child = spawn(line[0], line.slice(1), { stdio: ['ignore', 'ignore', 'pipe'] });
	let said = '';
	child.stderr.on('data', (d) => { said = (said + d).slice(-2000); });
	const forget = defer(() => child.kill('SIGKILL'));
	const end = await ended(child);
	await forget();
	return { ...end, said };
}

async function judgePoint(port, name) {
	const bad = [];
	let twice = 0;
	for (const queue of [name, `${name}.fifo`]) {
		const want = new Map(), got = new Map();
		for (const r of rowsFor(name).filter((x) => x.queue === queue))
			want.set(r.group, [...want.get(r.group) ?? [], r.body]);
		for (const m of await everything(port, queue)) {
			const group = `g${m.i % 4}`, list = got.get(group) ?? [], body = JSON.stringify(m);
			if (!list.includes(body))
				got.set(group, [...list, body]);
			else if (queue === name)
				twice++;
			else
				bad.push(`${body} twice in ${queue}`);
		}
		for (const [group, list] of want)
			if (JSON.stringify(got.get(group)) !== JSON.stringify(list))
				bad.push(`${group} of ${queue}: ${got.get(group)?.length ?? 0} of ${list.length}, or not in order`);
	}
	return { bad, twice };
}

async function onePoint(t, world, make, name, trace, inject) {
	const client = new Client(world.port), log = `${t.dir}/${name}.strace`;
	await client.sqs('CreateQueue', { QueueName: name });
	await client.sqs('CreateQueue', { QueueName: `${name}.fifo`, Attributes: { FifoQueue: 'true' } });
	const point = make(name);
	const first = await relayOnce(world.port, point.flags, ['strace', '-f', '-qq', '-o', log, '-e', `trace=${trace}`,
		...inject ? ['-e', `inject=${inject}`] : []]);
	const again = await relayOnce(world.port, point.flags);
	const { bad, twice } = await judgePoint(world.port, name);
	if (first.code === 5 || (first.signal ?? 'SIGKILL') !== 'SIGKILL' || first.code > 128)
		bad.push(`it ended with ${first.code ?? first.signal}: ${first.said}`);
	if (again.code !== 0)
		bad.push(`the next relay ended with ${again.code ?? again.signal}: ${again.said}`);
	if (twice > 10)
		bad.push(`${twice} of the standard queue came twice, more than one request has`);
	for (const queue of [name, `${name}.fifo`])
		await client.sqs('DeleteQueue', { QueueUrl: `http://x/000000000000/${queue}` });
	client.close();
	const text = fs.readFileSync(log, 'utf8');
	fs.rmSync(log);
	point.end();
	return { first, bad, twice, text };
}

// The calls of a run that is only watched, and how often each is made.
async function countCalls(t, world, make, prefix) {
	const { bad, text } = await onePoint(t, world, make, `${prefix}-watch`,
		[...new Set([...KILLED, ...FAILED.map(([call]) => call)])].join(','));
	bad.forEach((b) => t.fail(`${prefix}, without any fault: ${b}`));
	const counts = {};
	for (const [, call] of text.matchAll(/^\d+ +(\w+)\(/gm))
		counts[call] = (counts[call] ?? 0) + 1;
	return counts;
}

async function allPoints(t, world, make, prefix, limit) {
	const counts = await countCalls(t, world, make, prefix);
	// libpq waits for the database's last words when it cannot send; injected, they never come.
	const faults = [...KILLED.map((c) => [c, 'signal=KILL']), ...FAILED.map(([c, e]) => [c, `error=${e}`])]
		.filter(([c, how]) => prefix !== 'postgres' || c !== 'sendto' || how === 'signal=KILL');
	const all = faults.flatMap(([call, how]) =>
		Array.from({ length: counts[call] ?? 0 }, (_, i) => ({ call, how, n: i + 1 })));
	const step = Math.max(1, all.length / limit), offset = t.rng.next() * step;
	const points = Array.from({ length: Math.min(all.length, limit) }, (_, i) =>
		all[Math.floor(i * step + offset) % all.length]);
	const sum = { died: 0, failed: 0, twice: 0, bad: 0 };
	let done = 0;
	await Promise.all(Array.from({ length: WORKERS }, async () => {
		for (let p = points.pop(); p !== undefined; p = points.pop()) {
			const r = await onePoint(t, world, make, `${prefix}-${p.call}-${p.how.split('=')[1]}-${p.n}`, p.call,
				`${p.call}:${p.how}:when=${p.n}`);
			if (p.how === 'signal=KILL')
				sum.died += r.first.signal === 'SIGKILL' || r.first.code === 137;
			else
				sum.failed += /INJECTED/.test(r.text);
			sum.twice += r.twice;
			sum.bad += r.bad.length;
			r.bad.forEach((b) => t.fail(`${prefix}, ${p.call} ${p.how} ${p.n}: ${b}`));
			t.progress(`${prefix}: ${++done}`);
		}
	}));
	return `${prefix}: ${sum.died} deaths, ${sum.failed} failed calls, ${sum.twice} messages twice, ${sum.bad} violations`;
}

export async function relaypoints(t) {
	if (!fs.existsSync(PYTHON))
		throw new Cannot(`the tables are made by ${PYTHON}, which is not there`);
	const port = await freePort(), lines = [], limit = t.rounds(Infinity, 8);
	const server = await Server.start({ dir: `${t.dir}/data`, port });
	for (const journal of ['wal', 'delete'])
		lines.push(await allPoints(t, { port }, (name) => Point.sqlite(t.dir, journal, name), `sqlite-${journal}`,
			limit));
	if (!noPostgres) {
		const db = new Postgres(await startPostgres());
		defer(() => db.db.stop());
		db.sql(TABLES('postgres'));
		lines.push(await allPoints(t, { port }, (name) => Point.postgres(db, name), 'postgres', limit));
	}
	await server.stop();
	return lines.join('; ');
}
