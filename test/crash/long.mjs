// long.mjs - a backlog of a million messages (R17, R4), and a long steady load (R25).
import { Client } from './client.mjs';
import { Load, counts, drain, firstAck, makeQueue, makeQueues } from './load.mjs';
import { freePort, now, Server, sleep } from './lib.mjs';
import { verdict } from './history.mjs';
import { percentile } from './crowd.mjs';

const MIB = 1024 * 1024;
const CONNECTIONS = 8;
const BODY = 'b'.repeat(1024);

// No history here: a million records of our own would say more about node.
async function fill(t, port, queue, messages) {
	let left = messages / 10;
	const worker = async () => {
		const client = new Client(port);
		while (left-- > 0) {
			const answer = await client.sqs('SendMessageBatch', { QueueUrl: queue.url,
				Entries: Array.from({ length: 10 }, (_, i) => ({ Id: String(i), MessageBody: BODY })) });
			if (answer.Successful?.length !== 10)
				throw new Error(`a send was refused: ${JSON.stringify(answer.Failed)}`);
			if (left % 1000 === 0)
				t.progress(`${messages - left * 10} of ${messages}`);
		}
		client.close();
	};
	await Promise.all(Array.from({ length: CONNECTIONS }, worker));
}

async function cycles(port, queue, count) {
	const client = new Client(port);
	for (let i = 0; i < count; i++) {
		const { Messages } = await client.sqs('ReceiveMessage',
			{ QueueUrl: queue.url, MaxNumberOfMessages: 10 });
		await client.sqs('DeleteMessageBatch', { QueueUrl: queue.url,
			Entries: Messages.map((m, j) => ({ Id: String(j), ReceiptHandle: m.ReceiptHandle })) });
	}
	client.close();
}

export async function memory(t) {
	const messages = t.rounds(1000000, 100000);
	const port = await freePort(), dir = `${t.dir}/data`;
	let server = await Server.start({ dir, port });
	const small = server.usage().resident;
	const queue = await makeQueue(port, 'backlog', { visibility: 600 });
	const began = now();
	await fill(t, port, queue, messages);
	const filled = (now() - began) / 1000;
	const full = server.usage().resident;
	await cycles(port, queue, 1000);
	const used = server.usage().resident;
	await server.kill();
	server = Server.spawn({ dir, port });
	const again = await firstAck(server, queue);
	const restarted = server.usage().resident;
	await cycles(port, queue, 100);
	const client = new Client(port);
	const left = await counts(client, queue);
	client.close();
	await server.stop();
	const wanted = messages - 10000 - 1000 + 1;
	if (left[0] !== wanted || left[1] !== 0)
		t.fail(`${left[0]} waiting and ${left[1]} in flight, wanted ${wanted} and 0`);
	const most = Math.max(full, used, restarted);
	if (most > 256 * MIB)
		t.fail(`${(most / MIB).toFixed(0)} MiB resident, over 256`);
	if (again > 5000)
		t.fail(`restart to first acknowledged send took ${again.toFixed(0)} ms, over 5000`);
	const mib = (n) => (n / MIB).toFixed(1);
	return `${messages} messages of 1 KiB in ${filled.toFixed(0)} s: ${mib(small)} MiB at first, ` +
		`${mib(full)} filled, ${mib(used)} in use, ${mib(restarted)} restarted; ` +
		`kill -9 to first acknowledged send ${again.toFixed(0)} ms`;
}

// Least squares: y per unit of x.
function slope(points) {
	const n = points.length;
	const mx = points.reduce((s, p) => s + p.x, 0) / n, my = points.reduce((s, p) => s + p.y, 0) / n;
	return points.reduce((s, p) => s + (p.x - mx) * (p.y - my), 0) /
		points.reduce((s, p) => s + (p.x - mx) ** 2, 0);
}

export async function soak(t) {
	const minutes = t.minutes ?? t.rounds(60, 0.5);
	const long = minutes >= 30;
	const port = await freePort();
	const server = await Server.start({ dir: `${t.dir}/data`, port });
	const queues = await makeQueues(port);
	for (const q of queues)
		q.history.forget = true;
	const load = new Load(port, queues, t.rng, { rate: 400, backlog: 2000 });
	const samples = [];
	const began = now(), until = began + minutes * 60000;
	while (now() < until) {
		load.latencies.length = 0;
		await sleep(Math.min(5000, minutes * 60000 / 24));
		const p99 = percentile(load.latencies, 0.99);
		samples.push({ x: (now() - began) / 3600000, ...server.usage(), p99 });
		t.progress(`${(samples.at(-1).resident / MIB).toFixed(1)} MiB, p99 ${p99.toFixed(1)} ms`);
	}
	await load.stop();
	await drain(port, queues);
	await server.stop();
	const v = verdict(queues.map((q) => q.history));
	v.examples.forEach(t.fail);
	const warm = samples.slice(Math.ceil(samples.length / 3));
	const perHour = slope(warm.map((s) => ({ x: s.x, y: s.resident / MIB })));
	const grown = (warm.at(-1).resident - warm[0].resident) / MIB;
	const files = warm.map((s) => s.descriptors);
	const p99 = (part) => percentile(part.map((s) => s.p99), 0.5);
	const third = Math.ceil(samples.length / 3);
	const first = p99(samples.slice(0, third)), last = p99(samples.slice(-third));
	if (long ? perHour > 1 : grown > 8)
		t.fail(`memory grows: ${perHour.toFixed(1)} MiB/h, ${grown.toFixed(1)} MiB in all`);
	if (Math.max(...files) - Math.min(...files) > 4)
		t.fail(`descriptors between ${Math.min(...files)} and ${Math.max(...files)}`);
	if (last > 2 * first + 2)
		t.fail(`p99 rose from ${first.toFixed(1)} to ${last.toFixed(1)} ms`);
	return `${minutes} minutes, ${v.acked} acknowledged, ${v.text}; ` +
		`memory ${perHour.toFixed(1)} MiB/h (${(samples.at(-1).resident / MIB).toFixed(1)} MiB), ` +
		`descriptors ${Math.min(...files)}-${Math.max(...files)}, ` +
		`p99 ${first.toFixed(1)} ms first, ${last.toFixed(1)} ms last`;
}
