// crowd.mjs - many connections: slow ones (R15), idle and waiting ones (R16).
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from './client.mjs';
import { drain, makeQueue, receive, remove, send } from './load.mjs';
import { defer, freePort, now, Server, sleep } from './lib.mjs';
import { verdict } from './history.mjs';

const HOLD = path.join(path.dirname(fileURLToPath(import.meta.url)), 'hold.mjs');
const MIB = 1024 * 1024;

// Connections in a child process; `said` resolves with the rest of a line that begins so.
function hold(server, kind, count, url = '') {
	const child = spawn(process.execPath, [HOLD, kind, String(server.port), String(count), url],
		{ stdio: ['ignore', 'pipe', 'inherit'] });
	const release = defer(() => child.kill('SIGKILL'));
	const lines = [], waiting = [];
	let rest = '';
	child.stdout.on('data', (d) => {
		const parts = (rest + d).split('\n');
		rest = parts.pop();
		lines.push(...parts);
		waiting.forEach((look) => look());
	});
	const said = (word, ms) => new Promise((resolve, reject) => {
		const timer = setTimeout(() => reject(
			new Error(`${count} ${kind} connections: no '${word}' in ${ms} ms`)), ms);
		const look = () => {
			const line = lines.find((l) => l.startsWith(word));
			if (line !== undefined) {
				clearTimeout(timer);
				resolve(line.slice(word.length).trim());
			}
		};
		waiting.push(look);
		look();
		server.ended.then(() => reject(new Error(`${kind}: the server ended: ${server.why()}`)));
	});
	return { said, release };
}

export const percentile = (numbers, p) =>
	[...numbers].sort((a, b) => a - b)[
		Math.min(numbers.length - 1, Math.floor(numbers.length * p))] ?? 0;

// Send, receive, delete, one after another; the time of each request.
async function cycle(client, queue, times) {
	for (const step of [
		() => send(client, queue),
		() => receive(client, queue, { max: 1 }),
	]) {
		const began = now();
		const got = await step();
		times.push(now() - began);
		if (step.length === 0 && got[0]?.receipt !== undefined) {
			const deleteBegan = now();
			await remove(client, queue, got);
			times.push(now() - deleteBegan);
		}
	}
}

export async function slow(t) {
	const count = t.rounds(2000, 2000) / 2;
	const port = await freePort();
	const server = await Server.start({ dir: `${t.dir}/data`, port });
	const queue = await makeQueue(port, 'live');
	const kinds = ['slowhead', 'slowbody'].map((k) => hold(server, k, count));
	const gone = Promise.all(kinds.map((h) => h.said('closed', 40000)));
	let over = false;
	gone.then(() => { over = true; }, () => { over = true; });
	const client = new Client(port, { timeoutMs: 10000 });
	const times = [];
	while (!over) {
		await cycle(client, queue, times); // a request that is not answered throws
		await sleep(5);
	}
	client.close();
	const slowest = Math.max(...(await gone).map((line) => Number(line.split(' ')[1])));
	for (const h of kinds)
		await h.release();
	await drain(port, [queue]);
	await server.stop();
	verdict([queue.history]).examples.forEach(t.fail);
	if (slowest > 15000)
		t.fail(`a slow connection was held for ${slowest} ms, over 15000`);
	return `${2 * count} slow connections closed after at most ${(slowest / 1000).toFixed(1)} s; ` +
		`${times.length} live requests, all answered, p99 ${percentile(times, 0.99).toFixed(1)} ms`;
}

async function measure(port, queue, cycles) {
	const client = new Client(port);
	const times = [];
	for (let i = 0; i < cycles; i++)
		await cycle(client, queue, times);
	client.close();
	return percentile(times, 0.99);
}

export async function idle(t) {
	const idlers = t.rounds(10000, 10000), waiters = idlers / 10;
	const cycles = t.quick ? 1000 : 4000;
	const port = await freePort();
	const server = await Server.start({ dir: `${t.dir}/data`, port });
	const queue = await makeQueue(port, 'live'), quiet = await makeQueue(port, 'quiet');
	await measure(port, queue, 200);
	const alone = await measure(port, queue, cycles);
	const empty = server.usage();
	const idleOnes = hold(server, 'idle', idlers);
	await idleOnes.said('ready', 60000);
	const waitingOnes = hold(server, 'wait', waiters, quiet.url);
	await waitingOnes.said('ready', 30000);
	await sleep(500);
	const full = server.usage();
	const crowded = await measure(port, queue, cycles);
	const client = new Client(port);
	await send(client, quiet);
	const began = now();
	await waitingOnes.said('received', 5000);
	const woken = now() - began;
	client.close();
	await waitingOnes.release();
	await idleOnes.release();
	await drain(port, [queue]);
	await server.stop();
	verdict([queue.history]).examples.forEach(t.fail);
	if (full.descriptors < idlers + waiters)
		t.fail(`${full.descriptors} descriptors: connections were closed`);
	if (full.resident > 200 * MIB)
		t.fail(`${(full.resident / MIB).toFixed(0)} MiB, over 200`);
	if (crowded > 2 * alone + (t.quick ? 2 : 0))
		t.fail(`p99 ${crowded.toFixed(2)} ms, over twice ${alone.toFixed(2)} ms`);
	return `${idlers} idle connections and ${waiters} waiting receives: ` +
		`${(full.resident / MIB).toFixed(1)} MiB (${(empty.resident / MIB).toFixed(1)} without), ` +
		`live p99 ${crowded.toFixed(2)} ms (${alone.toFixed(2)} without), ` +
		`a waiter woke in ${woken.toFixed(1)} ms`;
}
