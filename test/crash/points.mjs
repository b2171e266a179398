// points.mjs - death (R3) or an error (R10) at the n-th system call, for every n; the
// same while the database is made (R23).
//
// strace is attached behind the start, so its counters begin with the script. They are
// kept for each thread; the engine's thread has nearly all of the calls. The numbers
// come from a first run that is only watched.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { Client, Lost, Refused } from './client.mjs';
import { History, verdict } from './history.mjs';
import { drain, makeQueues, receive, remove, send } from './load.mjs';
import { attachStrace, freePort, Server, sleep, tool } from './lib.mjs';

const CALLS = ['pwrite64', 'pwritev', 'fdatasync', 'fsync', 'ftruncate', 'fallocate', 'rename',
	'unlink'];
const OPERATIONS = 100;
const WORKERS = 4;

// ---- the script: 100 operations, always the same, one after another

async function changeVisibility(client, queue, [record]) {
	record.hiddenUntil = 0; // both before and behind the answer it may come at once
	await client.sqs('ChangeMessageVisibility', { QueueUrl: queue.url,
		ReceiptHandle: record.receipt, VisibilityTimeout: 0 });
}

// Queues that come and go; `names` keeps what was promised about them.
async function makeExtra(client, names, name) {
	names.set(name, 'unknown');
	const { QueueUrl } = await client.sqs('CreateQueue', { QueueName: name });
	names.set(name, 'there');
	return QueueUrl;
}

async function dropExtra(client, names, name, url) {
	names.set(name, 'unknown');
	await client.sqs('DeleteQueue', { QueueUrl: url });
	names.set(name, 'gone');
}

// Ten operations.
async function verse(client, [plain, ordered], names, i) {
	const at = { got: [], inOrder: [], url: undefined };
	return [
		() => send(client, plain),
		() => send(client, ordered, { group: 'a' }),
		() => send(client, plain, { batch: 10, bytes: 1000 }),
		() => send(client, ordered, { group: i % 2 ? 'a' : 'b', batch: 8, bytes: 6000 }),
		async () => { at.got = await receive(client, plain, { max: 3 }); },
		async () => { at.inOrder = await receive(client, ordered, { max: 2 }); },
		() => remove(client, plain, at.got.slice(0, 1)),
		() => at.got.length > 2 ? changeVisibility(client, plain, at.got.slice(2)) : undefined,
		() => remove(client, ordered, at.inOrder),
		i % 2 === 0 ? async () => { names.url = await makeExtra(client, names, `extra-${i}`); } :
			() => names.url && dropExtra(client, names, `extra-${i - 1}`, names.url),
	];
}

// Plays to the end, or until the connection is lost. Refusals and faults are answers.
async function play(server, queues, names) {
	const client = new Client(server.port, { timeoutMs: 10000 });
	let answered = 0;
	try {
		for (let i = 0; i < OPERATIONS / 10; i++) {
			for (const operation of await verse(client, queues, names, i)) {
				try {
					await operation();
					answered++;
				} catch (e) {
					if (!(e instanceof Refused))
						throw e;
				}
			}
		}
	} catch (e) {
		if (!(e instanceof Lost))
			throw e;
		if (server.end === undefined && await server.endsWithin(3000) === undefined)
			throw new Error(`the connection was lost (${e.message}) and the server lives on`);
	} finally {
		client.close();
	}
	return answered;
}

async function checkExtra(port, names, bad) {
	const client = new Client(port);
	for (const [name, promise] of names) {
		let there = true;
		try {
			await client.sqs('GetQueueUrl', { QueueName: name });
		} catch (e) {
			if (!(e instanceof Refused))
				throw e;
			there = false;
		}
		if (promise === 'there' && !there || promise === 'gone' && there)
			bad.push(`queue ${name} was acknowledged as ${promise} and is not`);
	}
	client.close();
}

// ---- one point

// A data folder with both queues, made once and copied for each point.
async function makeBase(t) {
	const port = await freePort();
	const server = await Server.start({ dir: `${t.dir}/base`, port });
	const queues = await makeQueues(port, 1);
	await server.stop();
	return { dir: `${t.dir}/base`, queues };
}

const fresh = (queues) => queues.map((q) => ({ ...q,
	history: new History({ fifo: q.fifo, visibilityMs: q.history.visibilityMs }) }));

async function onePoint(t, base, name, inject) {
	const dir = `${t.dir}/${name}`, log = `${t.dir}/${name}.strace`, bad = [];
	fs.cpSync(base.dir, dir, { recursive: true });
	const port = await freePort();
	const queues = fresh(base.queues), names = new Map();
	const server = await Server.start({ dir, port });
	const trace = await attachStrace(server, inject, log);
	await play(server, queues, names);
	server.signal('SIGTERM'); // the way down has its own writes
	if (await server.endsWithin(15000) === undefined)
		bad.push('SIGTERM does not end it');
	const end = await server.kill();
	await trace.detach();

	const again = await Server.start({ dir, port });
	await checkExtra(port, names, bad);
	await drain(port, queues);
	await again.kill();
	const v = verdict(queues.map((q) => q.history));
	const text = fs.readFileSync(log, 'utf8');
	fs.rmSync(dir, { recursive: true, force: true });
	fs.rmSync(log, { force: true });
	return { end, server, text, bad: [...v.examples, ...bad], acked: v.acked };
}

// How often each call is made by the thread that makes it most.
async function countCalls(t, base) {
	const { text, bad } = await onePoint(t, base, 'watch', [...CALLS, 'pread64']);
	bad.forEach((b) => t.fail(`without any fault: ${b}`));
	const most = {};
	for (const [, pid, call] of text.matchAll(/^(\d+) +(\w+)\(/gm)) {
		most[call] ??= {};
		most[call][pid] = (most[call][pid] ?? 0) + 1;
	}
	return Object.fromEntries(Object.entries(most)
		.map(([call, by]) => [call, Math.max(...Object.values(by))]));
}

// All [call, how, n], or about `limit` of them spread over all.
function pointsOf(t, most, faults, limit) {
	const all = faults.flatMap(([call, how]) =>
		Array.from({ length: most[call] ?? 0 }, (_, i) => ({ call, how, n: i + 1 })));
	const step = all.length / Math.min(all.length, limit);
	const offset = t.rng.next() * step;
	return Array.from({ length: Math.min(all.length, limit) },
		(_, i) => all[Math.floor(i * step + offset) % all.length]);
}

async function eachPoint(t, points, visit) {
	let next = 0, done = 0;
	await Promise.all(Array.from({ length: WORKERS }, async () => {
		while (next < points.length) {
			const p = points[next++];
			try {
				await visit(p);
			} catch (e) {
				t.fail(`${p.call} ${p.how} ${p.n}: ${e.message}`);
			}
			t.progress(`${++done} of ${points.length}`);
		}
	}));
}

export async function crashpoints(t) {
	const base = await makeBase(t);
	const most = await countCalls(t, base);
	const points = pointsOf(t, most, CALLS.map((c) => [c, 'signal=KILL']),
		t.rounds(Infinity, 24));
	let died = 0, missed = 0, acked = 0;
	await eachPoint(t, points, async ({ call, how, n }) => {
		const r = await onePoint(t, base, `${call}-${n}`, [`${call}:${how}:when=${n}`]);
		acked += r.acked;
		r.end.signal === 'SIGKILL' ? died++ : missed++;
		if (r.end.signal !== 'SIGKILL' && r.end.code !== 0)
			r.bad.push(r.server.why());
		r.bad.forEach((b) => t.fail(`death at ${call} ${n}: ${b}`));
	});
	return `${died} crash points (${missed} not reached) over ${OPERATIONS} operations with ` +
		`${CALLS.filter((c) => most[c]).map((c) => `${most[c]} ${c}`).join(', ')}; ${acked} acknowledged`;
}

const ERRORS = [['pwrite64', 'EIO'], ['pwrite64', 'ENOSPC'], ['fdatasync', 'EIO'], ['fsync', 'EIO'],
	['fsync', 'ENOSPC'], ['fdatasync', 'ENOSPC'], ['pwritev', 'EIO'], ['ftruncate', 'EIO'],
	['fallocate', 'ENOSPC'], ['pread64', 'EIO'], ['unlink', 'EIO'], ['rename', 'EIO']];

// One error, then the world is whole again. The server may answer with an error and go
// on, or end with 4; it must end when it was a sync.
export async function errors(t) {
	const base = await makeBase(t);
	const most = await countCalls(t, base);
	const points = pointsOf(t, most, ERRORS.map(([c, e]) => [c, `error=${e}`]),
		t.rounds(Infinity, 24));
	const sum = { injected: 0, ended: 0, wentOn: 0 };
	await eachPoint(t, points, async ({ call, how, n }) => {
		const r = await onePoint(t, base, `${call}-${how.slice(6)}-${n}`, [`${call}:${how}:when=${n}`]);
		const hit = /INJECTED/.test(r.text);
		sum.injected += hit ? 1 : 0;
		r.end.code === 4 ? sum.ended++ : sum.wentOn++;
		if (r.end.code !== 0 && r.end.code !== 4)
			r.bad.push(r.server.why());
		if (hit && /sync/.test(call) && r.end.code !== 4)
			r.bad.push(`a failed sync, and it went on: ${r.server.why()}`);
		r.bad.forEach((b) => t.fail(`${call} ${how} ${n}: ${b}`));
	});
	return `${sum.injected} errors injected, ${sum.ended} ended the process with exit 4, ` +
		`${sum.wentOn} did not`;
}

// ---- the first start

function databaseOf(dir) {
	return fs.readdirSync(dir, { recursive: true }).map((f) => `${dir}/${f}`).find((f) => {
		if (!fs.statSync(f).isFile())
			return false;
		const head = Buffer.alloc(16);
		const fd = fs.openSync(f, 'r');
		fs.readSync(fd, head, 0, 16, 0);
		fs.closeSync(fd);
		return head.toString('latin1').startsWith('SQLite format 3');
	});
}

// Dies at the n-th call of its first start; false when it became ready instead.
async function dieAtFirstStart(t, call, n) {
	const dir = `${t.dir}/${call}-${n}`;
	const port = await freePort();
	const server = Server.spawn({ dir, port,
		under: ['strace', '-f', '-qq', '-o', '/dev/null', '-e', `trace=${call}`,
			'-e', `inject=${call}:signal=KILL:when=${n}`] });
	const died = await server.ready().then(() => false, () => true);
	await server.kill();
	if (died) {
		const again = await Server.start({ dir, port });
		const queues = await makeQueues(port, 1);
		const client = new Client(port);
		await send(client, queues[0]);
		client.close();
		await drain(port, queues);
		await again.stop();
		verdict(queues.map((q) => q.history)).examples.forEach((e) => t.fail(`${call} ${n}: ${e}`));
	}
	fs.rmSync(dir, { recursive: true, force: true });
	return died;
}

async function newerIsRefused(t) {
	const dir = `${t.dir}/newer`, port = await freePort();
	await (await Server.start({ dir, port })).stop();
	const file = databaseOf(dir);
	if (file === undefined) {
		t.fail('no SQLite file in the data folder');
		return;
	}
	spawnSync(tool('sqlload'), [file, '-', 'version', '9999']);
	for (let i = 0; i < 2; i++) { // the first refusal must not have changed it
		const server = Server.spawn({ dir, port });
		const end = await server.endsWithin(5000);
		if (end === undefined || end.code === 0 || end.code === null || server.said.trim() === '')
			t.fail(`a newer database is not refused: ${server.why()}`);
		await server.kill();
	}
}

export async function migrate(t) {
	let points = 0;
	const sets = [...CALLS, 'mkdir', 'openat'];
	for (const call of sets) {
		// openat has hundreds of calls of the loader; every n up to the end, or some of them
		const step = t.quick ? (call === 'openat' ? 9 : 5) : 1;
		for (let n = 1; await dieAtFirstStart(t, call, n); n += step)
			t.progress(`${++points} points, ${call}`);
	}
	await newerIsRefused(t);
	await sleep(0);
	return `killed at ${points} system calls of the first start, each started again; ` +
		'newer schema refused';
}
