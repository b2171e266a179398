// disk.mjs - the disk is full (R6), a file may not grow (RLIMIT_FSIZE), a sync fails (R7).
import fs from 'node:fs';
import { Client, Lost, Refused } from './client.mjs';
import { Load, counts, drain, firstAck, makeQueues, receive, remove, send } from './load.mjs';
import { folder, freePort, mount, needMounts, now, Server, sleep, tornfs } from './lib.mjs';
import { verdict } from './history.mjs';

const MIB = 1024 * 1024;

function ballast(mnt, leaveBytes) {
	const st = fs.statfsSync(mnt);
	const fd = fs.openSync(`${mnt}/ballast`, 'w');
	const chunk = Buffer.alloc(MIB, 1);
	try {
		for (let left = st.bavail * st.bsize - leaveBytes; left > 0; left -= chunk.length)
			fs.writeSync(fd, chunk, 0, Math.min(left, chunk.length));
	} catch (e) {
		if (e.code !== 'ENOSPC')
			throw e;
	}
	fs.closeSync(fd);
}

// Sends until one is refused; the refusal, or undefined after `ms`.
async function untilRefused(client, queue, ms) {
	for (const until = now() + ms; now() < until;) {
		try {
			await send(client, queue, { bytes: 20000 });
		} catch (e) {
			return e;
		}
	}
	return undefined;
}

// Reads and deletes go on while sends are refused.
async function worksWhileFull(t, port, queue) {
	const client = new Client(port, { timeoutMs: 5000 });
	try {
		await remove(client, queue, await receive(client, queue, { max: 3 }));
		await counts(client, queue);
		return true;
	} catch (e) {
		t.fail(`receive and delete while full: ${e.message}`);
		return false;
	} finally {
		client.close();
	}
}

// Odd rounds leave 16 MiB (the server's own reserve meets it), even ones not a byte.
export async function diskfull(t) {
	needMounts('diskfull');
	const rounds = t.rounds(20, 4);
	const mnt = folder();
	mount(mnt, ['-t', 'tmpfs', '-o', 'size=256m', 'tmpfs']);
	const port = await freePort();
	let server = await Server.start({ dir: `${mnt}/data`, port });
	const queues = await makeQueues(port, 1);
	const again = [], words = new Set();
	let exits = 0;
	for (let round = 0; round < rounds; round++) {
		const load = new Load(port, queues, t.rng, { backlog: 500 });
		await sleep(200);
		ballast(mnt, round % 2 === 0 ? 16 * MIB : 0);
		const client = new Client(port);
		const refusal = await untilRefused(client, queues[0], 10000);
		if (refusal instanceof Refused)
			words.add(`${refusal.status} ${refusal.code}`);
		else if (!(refusal instanceof Lost) || server.end === undefined)
			t.fail(`full disk: sends ${refusal ? refusal.message : 'are not refused'}`);
		if (round % 2 === 0)
			await worksWhileFull(t, port, queues[0]);
		fs.rmSync(`${mnt}/ballast`);
		const freed = now();
		if (await server.endsWithin(0) !== undefined) {
			exits++;
			server = Server.spawn({ dir: `${mnt}/data`, port });
		}
		await firstAck(server, queues[1]);
		again.push(now() - freed);
		client.close();
		await load.stop();
		await drain(port, queues);
		t.progress(`${round + 1} of ${rounds}`);
	}
	await server.stop();
	const v = verdict(queues.map((q) => q.history));
	v.examples.forEach(t.fail);
	const slowest = Math.max(...again);
	if (slowest > 2000)
		t.fail(`sends work again only ${slowest.toFixed(0)} ms after space came back`);
	if (exits > 0)
		t.fail(`the server ended ${exits} times`);
	return `${rounds} fills, ${v.acked} acknowledged, ${v.text}, ${exits} exits, refused with ` +
		`${[...words].join(', ') || 'nothing'}, sends again after at most ${slowest.toFixed(0)} ms`;
}

// Beyond the limit a write gets SIGXFSZ, which kills those that do not ignore it.
export async function filelimit(t) {
	const rounds = t.rounds(5, 2);
	const port = await freePort();
	const ends = [];
	let queues;
	for (let round = 0; round < rounds; round++) {
		const limit = (1 + round) * 8 * MIB;
		const server = Server.spawn({ dir: `${t.dir}/data${round}`, port,
			under: ['prlimit', `--fsize=${limit}`] });
		server.under = false; // prlimit becomes the server
		const end = await (async () => {
			await server.ready().catch(() => undefined);
			if (server.end !== undefined)
				return server.end;
			queues = await makeQueues(port);
			const client = new Client(port, { timeoutMs: 5000 });
			for (let i = 0; i < 40 && server.end === undefined; i++)
				await untilRefused(client, queues[0], 1000);
			client.close();
			return server.endsWithin(1000);
		})();
		ends.push(end === undefined ? 'went on' : end.signal ?? `exit ${end.code}`);
		if (end !== undefined && end.code !== 4)
			t.fail(`with files of at most ${limit} bytes: ${server.why()}`);
		if (end === undefined)
			await server.kill();
		if (queues !== undefined) {
			const healthy = await Server.start({ dir: `${t.dir}/data${round}`, port });
			await drain(port, queues);
			await healthy.stop();
			verdict(queues.map((q) => q.history)).examples.forEach(t.fail);
		}
		queues = undefined;
	}
	return `${rounds} file size limits: ${ends.join(', ')}`;
}

// A sync that failed proves nothing by succeeding later: the process ends, and what it
// acknowledged is there after the power went too.
export async function deaddisk(t) {
	const rounds = t.rounds(20, 5);
	const back = `${t.dir}/platter`;
	fs.mkdirSync(`${back}/data`, { recursive: true });
	const port = await freePort();
	const times = [];
	let queues;
	for (let round = 0; round < rounds; round++) {
		const disk = await tornfs(back, t.seed * 1000 + round);
		const server = await Server.start({ dir: `${disk.mnt}/data`, port });
		if (queues === undefined)
			queues = await makeQueues(port);
		else
			await drain(port, queues);
		const load = new Load(port, queues, t.rng);
		await sleep(t.rng.between(50, 400));
		disk.command('failsync 1');
		const began = now();
		while (disk.status().failed_syncs === 0 && now() - began < 5000)
			await sleep(1);
		const failed = now();
		const end = await server.endsWithin(5000);
		times.push((server.endedAt ?? Infinity) - failed);
		if (end === undefined || end.code !== 4)
			t.fail(`after a failed sync: ${server.why()}, wanted exit 4`);
		disk.command('cut');
		load.running = false;
		await server.kill();
		await load.stop();
		await disk.unmount();
		t.progress(`${round + 1} of ${rounds}`);
	}
	const server = await Server.start({ dir: `${back}/data`, port });
	await drain(port, queues);
	await server.stop();
	const v = verdict(queues.map((q) => q.history));
	v.examples.forEach(t.fail);
	const slowest = Math.max(...times);
	if (slowest > 1000)
		t.fail(`the process went on for ${slowest.toFixed(0)} ms`);
	return `${rounds} failed syncs, ${v.acked} acknowledged, ${v.text}, ` +
		`process ended after at most ${slowest.toFixed(0)} ms`;
}
