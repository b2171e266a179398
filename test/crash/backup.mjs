// backup.mjs - a backup is made while work goes on, restored elsewhere and compared (R24).
//
// The backup is one moment between its begin and its end. What was acknowledged before
// the begin and not asked to be deleted before the end is in it; what was deleted for
// sure before the begin is not; the rest may be either.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Load, drain, makeQueues } from './load.mjs';
import { freePort, RINGI, Server, sleep } from './lib.mjs';
import { History, verdict } from './history.mjs';

const run = promisify(execFile);

// What a history was at the moment of the backup, as a history of its own.
function asOf(history, live, last) {
	const h = new History({ fifo: history.fifo, visibilityMs: history.visibilityMs });
	for (const r of history.records.values()) {
		if (r.step > last || r.state === 'refused')
			continue; // sent behind it: must not be there
		const copy = { ...r, count: 0, hiddenUntil: 0, deleteIssued: undefined };
		copy.deleteAcked = r.deleteAcked < live.step ? -1 : undefined;
		copy.unknownReceives = -1e9; // how often it was received by then is not known
		copy.ackStep = r.ackStep === undefined ? undefined : 0;
		h.records.set(copy.key, copy);
		if (live.keys.has(r.key) && !(r.deleteIssued <= last))
			h.enter(copy);
	}
	return h;
}

export async function backup(t) {
	const rounds = t.rounds(10, 3);
	const port = await freePort(), dir = `${t.dir}/data`;
	const server = await Server.start({ dir, port });
	const queues = await makeQueues(port, 1);
	const load = new Load(port, queues, t.rng, { backlog: 5000 });
	let compared = 0, bad = 0;
	const times = [];
	for (let round = 0; round < rounds; round++) {
		await sleep(t.rng.between(200, 700));
		const file = `${dir}/backups/backup${round}`;
		const live = queues.map(({ history: h }) =>
			({ step: h.step, keys: new Set(h.live.keys()) }));
		const began = performance.now();
		await run(RINGI, ['backup', `backup${round}`, '--server', `http://127.0.0.1:${port}`]);
		times.push(performance.now() - began);
		const restored = queues.map((q, i) => (
			{ ...q, history: asOf(q.history, live[i], q.history.step) }));
		compared += restored.reduce((n, q) => n + q.history.live.size, 0);
		const elsewhere = `${t.dir}/restored${round}`, other = await freePort();
		await run(RINGI, ['restore', file, '--data', elsewhere]);
		const second = await Server.start({ dir: elsewhere, port: other });
		await drain(other, restored);
		await second.stop();
		const v = verdict(restored.map((q) => q.history));
		v.examples.forEach((e) => t.fail(`backup ${round}: ${e}`));
		bad += v.bad;
		t.progress(`${round + 1} of ${rounds}`);
	}
	await load.stop();
	await drain(port, queues);
	await server.stop();
	const v = verdict(queues.map((q) => q.history));
	v.examples.forEach(t.fail);
	return `${rounds} backups under load (${v.acked} acknowledged), ${compared} messages compared, ` +
		`${bad} wrong; the slowest took ${Math.max(...times).toFixed(0)} ms`;
}
