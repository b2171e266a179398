// kill.mjs - the process dies, or stands still, in the middle of work (R1, R4, R5).
import { Load, drain, firstAck, makeQueues } from './load.mjs';
import { freePort, now, Server, sleep } from './lib.mjs';
import { verdict } from './history.mjs';

export const worst = (numbers) => Math.max(0, ...numbers);

// Under load, SIGKILL at a moment of chance, start again, compare with the history.
export async function kill9(t) {
	const rounds = t.rounds(100, 6);
	const perRound = t.quick ? 300 : 1050;
	const port = await freePort();
	const dir = `${t.dir}/data`;
	let server = await Server.start({ dir, port });
	const queues = await makeQueues(port);
	const restarts = [];
	for (let round = 0; round < rounds; round++) {
		const load = new Load(port, queues, t.rng);
		const before = verdict(queues.map((q) => q.history)).acked;
		const late = now() + 30000;
		while (verdict(queues.map((q) => q.history)).acked - before < perRound && now() < late)
			await sleep(2);
		await sleep(t.rng.between(0, 300));
		await server.kill();
		load.running = false;
		server = Server.spawn({ dir, port });
		restarts.push(await firstAck(server, queues[round % 2]));
		await load.stop();
		await drain(port, queues);
		t.progress(`${round + 1} of ${rounds}`);
		if (verdict(queues.map((q) => q.history)).bad > 0)
			break;
	}
	await server.stop();
	const v = verdict(queues.map((q) => q.history));
	v.examples.forEach(t.fail);
	if (worst(restarts) > 1000)
		t.fail(`restart to first acknowledged send took ${worst(restarts).toFixed(0)} ms, over 1000`);
	return `${restarts.length} kills, ${v.acked} acknowledged, ${v.text}; ` +
		`restart to first acknowledged send at most ${worst(restarts).toFixed(0)} ms`;
}

// SIGSTOP for a while: what ran out meanwhile comes again, and nothing else changes.
export async function stop(t) {
	const rounds = t.rounds(20, 4);
	const port = await freePort();
	const server = await Server.start({ dir: `${t.dir}/data`, port });
	const queues = await makeQueues(port);
	const resumed = [];
	const load = new Load(port, queues, t.rng);
	for (let round = 0; round < rounds; round++) {
		await sleep(t.rng.between(100, 500));
		server.signal('SIGSTOP');
		await sleep(t.rng.between(100, round % 4 === 3 ? 3000 : 800));
		const acked = verdict(queues.map((q) => q.history)).acked;
		server.signal('SIGCONT');
		const began = now();
		while (verdict(queues.map((q) => q.history)).acked === acked && now() - began < 10000)
			await sleep(1);
		resumed.push(now() - began);
		t.progress(`${round + 1} of ${rounds}`);
	}
	await load.stop();
	await drain(port, queues);
	await server.stop();
	const v = verdict(queues.map((q) => q.history));
	v.examples.forEach(t.fail);
	if (worst(resumed) > 1000)
		t.fail(`sends went on only ${worst(resumed).toFixed(0)} ms after SIGCONT`);
	return `${rounds} stops, ${v.acked} acknowledged, ${v.text}; ` +
		`sends went on within ${worst(resumed).toFixed(0)} ms`;
}
