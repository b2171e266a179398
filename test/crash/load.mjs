// load.mjs - producers and consumers that write a history, and the drain behind a crash.
//
// A queue here is { url, history, fifo }. Each producer sends one after another on its
// own connection and owns its message groups, so the order of sends in a group is known.
import { Client, Lost, Refused } from './client.mjs';
import { History } from './history.mjs';
import { now, sleep } from './lib.mjs';

const ALL = ['All'];
let names = 0;

// A fresh name for a message; the run's number keeps names of several loads apart.
const nameFor = (who) => `${who}.${++names}`;

export async function makeQueue(port, name, options = {}) {
	const { fifo = false, visibility = 2, attributes = {} } = options;
	const client = new Client(port);
	const { QueueUrl } = await client.sqs('CreateQueue', { QueueName: fifo ? `${name}.fifo` : name,
		Attributes: { VisibilityTimeout: String(visibility), ...fifo ? { FifoQueue: 'true' } : {},
			...attributes } });
	client.close();
	return { url: QueueUrl, fifo, history: new History({ fifo, visibilityMs: visibility * 1000 }) };
}

export const makeQueues = async (port, visibility = 2) => [
	await makeQueue(port, 'plain', { visibility }),
	await makeQueue(port, 'ordered', { fifo: true, visibility }),
];

function entryFor(queue, name, group, bytes, delay) {
	return {
		MessageBody: `${name}:`.padEnd(bytes, 'x'),
		...queue.fifo ? { MessageGroupId: group, MessageDeduplicationId: name } : {},
		...delay > 0 ? { DelaySeconds: delay } : {},
	};
}

function sendFailed(queue, records, error) {
	const certain = error instanceof Refused ? error.certain : error instanceof Lost && !error.sent;
	for (const r of records)
		certain ? queue.history.sendRefused(r) : queue.history.sendUnknown(r);
}

// One send, or one batch. Throws what the client throws, behind writing it down.
export async function send(client, queue, options = {}) {
	const { who = 'p', group = who, batch = 1, bytes = 200, delay = 0 } = options;
	const names = Array.from({ length: batch }, () => nameFor(who));
	const entries = names.map((name) => entryFor(queue, name, group, bytes, delay));
	const records = names.map((name) => queue.history.sendIssue(name, group, delay * 1000));
	try {
		if (batch === 1) {
			await client.sqs('SendMessage', { QueueUrl: queue.url, ...entries[0] });
			queue.history.sendAck(records[0]);
			return records;
		}
		const answer = await client.sqs('SendMessageBatch', { QueueUrl: queue.url,
			Entries: entries.map((e, i) => ({ Id: String(i), ...e })) });
		for (const s of answer.Successful ?? [])
			queue.history.sendAck(records[Number(s.Id)]);
		for (const f of answer.Failed ?? [])
			sendFailed(queue, [records[Number(f.Id)]],
				new Refused(f.SenderFault ? 400 : 503, f.Code, f.Message ?? ''));
	} catch (e) {
		sendFailed(queue, records, e);
		throw e;
	}
	return records;
}

export async function receive(client, queue, { max = 10, wait = 0, visibility } = {}) {
	const issue = queue.history.receiveIssue();
	try {
		const answer = await client.sqs('ReceiveMessage', { QueueUrl: queue.url,
			MaxNumberOfMessages: max, WaitTimeSeconds: wait, AttributeNames: ALL,
			...visibility === undefined ? {} : { VisibilityTimeout: visibility } });
		return queue.history.receiveAnswer(issue, answer.Messages ?? [],
			visibility === undefined ? undefined : visibility * 1000);
	} catch (e) {
		if (e instanceof Refused ? !e.certain : e.sent !== false)
			queue.history.receiveUnknown();
		throw e;
	}
}

export async function remove(client, queue, records) {
	const h = queue.history;
	if (records.length === 0)
		return;
	for (const r of records)
		h.deleteIssue(r);
	try {
		if (records.length === 1) {
			await client.sqs('DeleteMessage', { QueueUrl: queue.url, ReceiptHandle: records[0].receipt });
			h.deleteAck(records[0]);
			return;
		}
		const answer = await client.sqs('DeleteMessageBatch', { QueueUrl: queue.url,
			Entries: records.map((r, i) => ({ Id: String(i), ReceiptHandle: r.receipt })) });
		for (const s of answer.Successful ?? [])
			h.deleteAck(records[Number(s.Id)]);
		for (const f of answer.Failed ?? [])
			if (f.SenderFault)
				h.deleteRefused(records[Number(f.Id)]);
	} catch (e) {
		if (e instanceof Refused ? e.certain : e.sent === false)
			records.forEach((r) => r.deleteAcked === undefined && h.deleteRefused(r));
		throw e;
	}
}

// Workers that go on until `stop`: a lost connection is made anew, a refusal is counted.
export class Load {
	constructor(port, queues, rng, { producers = 4, consumers = 3, bytes = 200, leave = 0.1,
		backlog = 3000, rate = 0, delays = false } = {}) {
		Object.assign(this, { port, queues, rng, bytes, leave, backlog, rate, delays, running: true,
			refusals: new Map(), producers, latencies: [] });
		this.workers = [
			...Array.from({ length: producers }, (_, i) => this.worker((c) => this.produce(c, i))),
			...Array.from({ length: consumers }, (_, i) => this.worker((c) => this.consume(c, i))),
		];
	}

	async worker(turn) {
		const client = new Client(this.port);
		while (this.running) {
			try {
				await turn(client);
			} catch (e) {
				if (!(e instanceof Lost) && !(e instanceof Refused))
					throw e;
				if (e instanceof Refused)
					this.refusals.set(e.message, (this.refusals.get(e.message) ?? 0) + 1);
				await sleep(5);
			}
		}
		client.close();
	}

	async produce(client, i) {
		const queue = this.queues[this.rng.below(this.queues.length)];
		if (queue.history.live.size > this.backlog || this.rate > 0 && !this.mayStart())
			return sleep(1);
		const batch = this.rng.next() < 0.3 ? 1 + this.rng.below(10) : 1;
		const delay = this.delays && !queue.fifo && this.rng.next() < 0.1 ? 1 : 0;
		const began = now();
		await send(client, queue, { who: `p${i}`, group: `g${i}-${this.rng.below(5)}`, batch,
			bytes: this.bytes, delay });
		this.latencies.push(now() - began);
		return undefined;
	}

	// `rate` starts a second, all producers together.
	mayStart() {
		this.since ??= now();
		this.started ??= 0;
		if ((now() - this.since) * this.rate / 1000 < this.started)
			return false;
		this.started++;
		return true;
	}

	async consume(client, i) {
		const queue = this.queues[(i + this.rng.below(2)) % this.queues.length];
		const got = await receive(client, queue, { max: 1 + this.rng.below(10) });
		if (got.length === 0)
			return sleep(2);
		return remove(client, queue, got.filter(() => this.rng.next() >= this.leave));
	}

	// The workers' last requests come to their end, or to `abort`.
	async stop() {
		this.running = false;
		await Promise.all(this.workers);
	}
}

// The exact numbers of a queue: [visible, in flight, delayed].
export async function counts(client, queue) {
	const { Attributes: a } = await client.sqs('GetQueueAttributes',
		{ QueueUrl: queue.url, AttributeNames: ALL });
	return ['', 'NotVisible', 'Delayed'].map((k) => Number(a[`ApproximateNumberOfMessages${k}`]));
}

// Empties the queues and finds what is missing (H1), comes too often, out of order or from nowhere.
export async function drain(port, queues, { patienceMs = 6000 } = {}) {
	await Promise.all(queues.map(async (queue) => {
		const client = new Client(port);
		let progress = now();
		for (;;) {
			const got = await receive(client, queue);
			await remove(client, queue, got);
			if (got.length > 0) {
				progress = now();
				continue;
			}
			const left = await counts(client, queue);
			if (left.every((n) => n === 0))
				break;
			if (now() - progress > queue.history.visibilityMs + patienceMs) {
				queue.history.violation('invented', undefined, `counts ${left} of an empty queue`);
				break;
			}
			await sleep(20);
		}
		queue.history.lostNow();
		client.close();
	}));
}

// Time from the spawn of the server to its first acknowledged send.
export async function firstAck(server, queue) {
	const client = new Client(server.port);
	for (const began = now();;) {
		if (server.end !== undefined)
			throw new Error(`the server ended at start: ${server.why()}`);
		try {
			await send(client, queue, { who: 'first' });
			break;
		} catch (e) {
			const final = e instanceof Refused && e.status < 500;
			if (final || now() - began > 60000)
				throw e;
			await sleep(2);
		}
	}
	client.close();
	return now() - server.spawnedAt;
}
