// clock.mjs - the time of day jumps by up to an hour, while running and at restart (R12).
//
// While it runs no jump may be felt: time-outs are the monotonic clock's. At a restart
// what was received before may come early or late by the jump, and nothing else changes.
import fs from 'node:fs';
import { Client } from './client.mjs';
import { Load, drain, makeQueue, makeQueues, receive, remove, send } from './load.mjs';
import { freePort, now, Server, sleep } from './lib.mjs';
import { verdict } from './history.mjs';

function library() {
	for (const arch of fs.readdirSync('/usr/lib'))
		if (fs.existsSync(`/usr/lib/${arch}/faketime/libfaketimeMT.so.1`))
			return `/usr/lib/${arch}/faketime/libfaketimeMT.so.1`;
	throw new Error('libfaketime is not installed');
}

// A message that is sent now is received now, whatever the clock says; and the clock does
// say so, or nothing was tried.
async function probe(t, port, queue, offset) {
	const what = `jump to ${offset} s`;
	const client = new Client(port);
	const began = now();
	await send(client, queue, { who: 'probe' });
	let got = [];
	while (got.length === 0 && now() - began < 3000)
		got = await receive(client, queue);
	await remove(client, queue, got);
	client.close();
	if (got.length === 0)
		t.fail(`${what}: a fresh message stays hidden`);
	else if (Math.abs(got[0].sentAt - Date.now() - offset * 1000) > 5000)
		t.fail(`${what} did not reach the server: it sent at ${got[0].sentAt}`);
	return now() - began;
}

export async function clock(t) {
	const rounds = t.rounds(50, 6);
	const file = `${t.dir}/faketime`, dir = `${t.dir}/data`, port = await freePort();
	const env = { LD_PRELOAD: library(), FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: '1',
		FAKETIME_DONT_FAKE_MONOTONIC: '1' };
	const set = (s) => {
		fs.writeFileSync(`${file}.new`, `${s < 0 ? '' : '+'}${s}\n`);
		fs.renameSync(`${file}.new`, file);
	};
	set(0);
	let server = await Server.start({ dir, port, env });
	const queues = await makeQueues(port, 1);
	const probes = await makeQueue(port, 'probes');
	let slowest = 0;
	const how = { backlog: 20000, producers: 2, consumers: 2, delays: true };
	let load = new Load(port, queues, t.rng, how);
	for (let round = 0; round < rounds; round++) {
		await sleep(t.rng.between(200, 600));
		const offset = Math.round(t.rng.between(-3600, 3600));
		const restart = round % 2 === 1;
		if (restart) {
			load.running = false;
			await server.kill();
			await load.stop();
			set(offset);
			server = await Server.start({ dir, port, env });
			for (const q of queues)
				q.history.mayBeEarlyBefore = now();
			load = new Load(port, queues, t.rng, how);
		} else {
			set(offset);
		}
		slowest = Math.max(slowest, await probe(t, port, probes, offset));
		t.progress(`${round + 1} of ${rounds}`);
	}
	await load.stop();
	await server.kill();
	set(4 * 3600); // whatever a jump back has hidden is due now
	server = await Server.start({ dir, port, env });
	for (const q of queues)
		q.history.mayBeEarlyBefore = now();
	await drain(port, [...queues, probes]);
	await server.stop();
	const v = verdict([...queues, probes].map((q) => q.history));
	v.examples.forEach(t.fail);
	return `${rounds} clock jumps, ${v.acked} acknowledged, ${v.text}; ` +
		`a fresh message was received within ${slowest.toFixed(0)} ms`;
}
