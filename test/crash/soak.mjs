// soak.mjs - a long steady load of everything at once (R25): an hour is like a minute.
//
// About 500 messages a second: batches, delays, FIFO groups, receipts that are let go, all checked
// by histories. Beside them a queue with bad messages whose dead letters are emptied, jobs of which
// some fail for good and some are tried again, approvals with two votes. At the end nothing is lost,
// counts add up, and memory, descriptors and the answer time are what they were.
// Files: the log stays at its size; the database may grow by what is kept for good, which is
// approvals with their log. Memory may grow as the database does, until its cache is full.
import fs from 'node:fs';
import { Client } from './client.mjs';
import { percentile } from './crowd.mjs';
import { verdict } from './history.mjs';
import { freePort, now, Server, sleep } from './lib.mjs';
import { Load, counts, drain, makeQueue, makeQueues } from './load.mjs';

const MIB = 1024 * 1024;
const KEPT_S = 60;            // finished jobs
const APPROVAL_BYTES = 16384; // rows, index and log of one, at the most
const CACHE = 24 * MIB;       // STORE_CACHE_KIB

async function rest(client, method, at, body, who) {
	const answer = await client.request(method, at, { 'content-type': 'application/json',
		...who ? { 'x-ringi-user': who } : {} }, body === undefined ? '' : JSON.stringify(body));
	if (answer.status >= 300)
		throw new Error(`${method} ${at}: ${answer.status} ${answer.body.slice(0, 300)}`);
	return answer.body === '' ? undefined : JSON.parse(answer.body);
}

// Workers that go on until stop(), each on a connection of its own. A turn that throws ends the soak.
class Workers {
	constructor(port, turns) {
		this.running = true;
		this.all = Promise.all(turns.map(async (turn) => {
			const client = new Client(port);
			while (this.running)
				await turn(client);
			client.close();
		}));
		this.all.catch(() => {}); // heard at the next look
	}

	async look(ms) {
		await Promise.race([this.all, sleep(ms)]);
	}

	async stop() {
		this.running = false;
		await this.all;
	}
}

// One in twenty is bad: nobody deletes it, so that it becomes a dead letter.
async function badOnes(port, rng) {
	const dead = await makeQueue(port, 'dead');
	const client = new Client(port);
	const { Attributes } = await client.sqs('GetQueueAttributes',
		{ QueueUrl: dead.url, AttributeNames: ['QueueArn'] });
	client.close();
	const doubtful = await makeQueue(port, 'doubtful', { visibility: 1, attributes: { RedrivePolicy:
		JSON.stringify({ deadLetterTargetArn: Attributes.QueueArn, maxReceiveCount: 2 }) } });
	const bad = new Set();
	const count = { sent: 0, done: 0, dead: 0, foreign: 0 };
	const send = async (c) => {
		const body = rng.next() < 0.05 ? `bad ${count.sent}` : `good ${count.sent}`;
		count.sent++;
		if (body.startsWith('bad'))
			bad.add(body);
		await c.sqs('SendMessage', { QueueUrl: doubtful.url, MessageBody: body });
		await sleep(15);
	};
	const take = async (c, queue, done) => {
		const { Messages = [] } = await c.sqs('ReceiveMessage',
			{ QueueUrl: queue.url, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 });
		for (const m of Messages.filter(done))
			await c.sqs('DeleteMessage', { QueueUrl: queue.url, ReceiptHandle: m.ReceiptHandle });
	};
	const work = (c) => take(c, doubtful, (m) => {
		count.done += m.Body.startsWith('good');
		return m.Body.startsWith('good');
	});
	const bury = (c) => take(c, dead, (m) => {
		count.dead++;
		count.foreign += !bad.delete(m.Body);
		return true;
	});
	return { name: 'dead letters', count, producers: [send], consumers: [work, bury],
		left: () => count.sent - count.done - count.dead,
		wrong: () => count.foreign > 0 && `${count.foreign} dead letters that were not bad` };
}

// One in ten fails at its first attempt and is tried again, one in fifty for good.
async function jobs(port, rng) {
	const client = new Client(port);
	await rest(client, 'PUT', '/v1/queues/jobs', { track: true, retention: KEPT_S,
		retry: { max_attempts: 3, backoff: { initial_ms: 200, factor: 1, max_ms: 200 } } });
	client.close();
	const count = { sent: 0, done: 0, failed: 0, again: 0 };
	const submit = async (c) => {
		const each = Array.from({ length: 5 }, () => ({ payload: { n: count.sent++, luck: rng.next() } }));
		await rest(c, 'POST', '/v1/queues/jobs/jobs', { jobs: each });
		await sleep(100);
	};
	const report = async (c, job) => {
		const { luck } = job.payload;
		if (luck < 0.02) {
			await rest(c, 'POST', `/v1/jobs/${job.id}/fail`,
				{ lease: job.lease, retry: false, error: { code: 'NEVER', message: 'no' } });
			count.failed++;
		} else if (luck < 0.12 && job.attempts < 2) {
			await rest(c, 'POST', `/v1/jobs/${job.id}/fail`,
				{ lease: job.lease, error: { code: 'LATER', message: 'not yet' } });
			count.again++;
		} else {
			await rest(c, 'POST', `/v1/jobs/${job.id}/complete`, { lease: job.lease, result: luck });
			count.done++;
		}
	};
	const work = async (c) => {
		const { jobs: got } = await rest(c, 'POST', '/v1/queues/jobs/claim', { max: 10, wait_s: 1 });
		for (const job of got)
			await report(c, job);
	};
	return { name: 'jobs', count, producers: [submit], consumers: [work],
		left: () => count.sent - count.done - count.failed, wrong: () => false };
}

// Two of three decide each.
async function approvals() {
	const count = { sent: 0, done: 0 };
	const decide = async (c) => {
		const { id } = await rest(c, 'POST', '/v1/approvals',
			{ policy: { need: 2, of: ['a', 'b', 'c'] }, subject: `soak ${count.sent}` }, 'taro');
		count.sent++;
		await rest(c, 'POST', `/v1/approvals/${id}/votes`, { do: 'approve' }, 'a');
		await rest(c, 'POST', `/v1/approvals/${id}/votes`, { do: 'approve' }, 'c');
		const { state } = await rest(c, 'GET', `/v1/approvals/${id}`, undefined, 'taro');
		count.done += state === 'APPROVED';
		await sleep(500);
	};
	return { name: 'approvals', count, producers: [decide], consumers: [],
		left: () => count.sent - count.done, wrong: () => false };
}

// Least squares: y per unit of x.
function slope(points) {
	const n = points.length;
	const mx = points.reduce((s, p) => s + p.x, 0) / n, my = points.reduce((s, p) => s + p.y, 0) / n;
	return points.reduce((s, p) => s + (p.x - mx) * (p.y - my), 0) /
		points.reduce((s, p) => s + (p.x - mx) ** 2, 0);
}

const sizeOf = (file) => (fs.existsSync(file) ? fs.statSync(file).size : 0);

function sample(t, server, load, began) {
	const p99 = percentile(load.latencies, 0.99);
	load.latencies.length = 0;
	const data = `${t.dir}/data/ringi.db`;
	return { x: (now() - began) / 3600000, ...server.usage(), p99, database: sizeOf(data),
		log: sizeOf(`${data}-wal`) };
}

/** What was the same at the end as behind the first third, and what was not. */
function steady(t, samples, long, approved) {
	const third = Math.ceil(samples.length / 3), warm = samples.slice(third);
	const first = warm[0], last = warm.at(-1);
	const own = (s) => (s.resident - Math.min(s.database, CACHE)) / MIB; // beside cached pages
	const perHour = slope(warm.map((s) => ({ x: s.x, y: own(s) })));
	const grown = own(last) - own(first);
	const files = warm.map((s) => s.descriptors);
	const p99 = (part) => percentile(part.map((s) => s.p99), 0.5);
	const times = [p99(samples.slice(0, third)), p99(samples.slice(-third))];
	const rows = last.database - first.database, log = last.log - first.log;
	if (long ? perHour > 1 : grown > 8)
		t.fail(`memory grows: ${perHour.toFixed(1)} MiB/h, ${grown.toFixed(1)} MiB in all`);
	if (Math.max(...files) - Math.min(...files) > 4)
		t.fail(`descriptors between ${Math.min(...files)} and ${Math.max(...files)}`);
	if (times[1] > 2 * times[0] + 2)
		t.fail(`p99 rose from ${times[0].toFixed(1)} to ${times[1].toFixed(1)} ms`);
	if (rows > 2 * MIB + approved * APPROVAL_BYTES || log > 4 * MIB)
		t.fail(`files grow: the database by ${rows} bytes, its log by ${log}`);
	return `memory ${perHour.toFixed(1)} MiB/h beside cached pages (${(last.resident / MIB).toFixed(1)} MiB), `
		+ `descriptors ${Math.min(...files)}-${Math.max(...files)}, `
		+ `p99 ${times[0].toFixed(1)} ms first, ${times[1].toFixed(1)} ms last, `
		+ `database ${(first.database / MIB).toFixed(1)}-${(last.database / MIB).toFixed(1)} MiB, `
		+ `log ${(first.log / MIB).toFixed(1)}-${(last.log / MIB).toFixed(1)} MiB`;
}

// The producers have stopped; what they sent is worked off.
async function worked(side, patienceMs = 30000) {
	for (const until = now() + patienceMs; side.left() > 0 && now() < until;)
		await sleep(50);
}

async function empty(t, port, names) {
	const client = new Client(port);
	for (const name of names) {
		const left = await counts(client, { url: `http://127.0.0.1:${port}/000000000000/${name}` });
		if (left.some((n) => n !== 0))
			t.fail(`${name} has ${left} (visible, in flight, delayed) at the end`);
	}
	client.close();
}

export async function soak(t) {
	const minutes = t.minutes ?? t.rounds(60, 0.5);
	const port = await freePort();
	const server = await Server.start({ dir: `${t.dir}/data`, port });
	const queues = await makeQueues(port);
	for (const q of queues)
		q.history.forget = true;
	const sides = [await badOnes(port, t.rng), await jobs(port, t.rng), await approvals()];
	// A start is one message or a batch of up to ten: 2.35 messages on the average.
	const load = new Load(port, queues, t.rng, { rate: 190, backlog: 2000, delays: true });
	const producers = new Workers(port, sides.flatMap((s) => s.producers));
	const consumers = new Workers(port, sides.flatMap((s) => s.consumers));
	const samples = [], began = now(), until = began + minutes * 60000;
	let middle; // approvals behind the first third
	while (now() < until) {
		const pause = Math.min(5000, minutes * 60000 / 24);
		await Promise.all([producers.look(pause), consumers.look(pause), sleep(pause)]);
		samples.push(sample(t, server, load, began));
		if (now() - began > minutes * 20000)
			middle ??= sides[2].count.sent;
		t.progress(`${(samples.at(-1).resident / MIB).toFixed(1)} MiB, p99 ${samples.at(-1).p99.toFixed(1)} ms`);
	}
	await Promise.all([load.stop(), producers.stop()]);
	await Promise.all([drain(port, queues), ...sides.map((s) => worked(s))]);
	await consumers.stop();
	await empty(t, port, ['doubtful', 'dead', 'jobs']);
	await server.stop();
	const v = verdict(queues.map((q) => q.history));
	v.examples.forEach(t.fail);
	for (const s of sides) {
		if (s.left() !== 0)
			t.fail(`${s.name}: ${s.left()} of ${s.count.sent} are missing`);
		if (s.wrong())
			t.fail(`${s.name}: ${s.wrong()}`);
	}
	const beside = sides.map((s) => `${s.count.sent} ${s.name === 'dead letters' ?
		`with ${s.count.dead} dead letters` : s.name}`).join(', ');
	return `${minutes} minutes, ${v.acked} acknowledged, ${beside}; ${v.text}; `
		+ steady(t, samples, minutes >= 30, sides[2].count.sent - (middle ?? 0));
}
