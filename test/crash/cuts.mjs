// cuts.mjs - the power goes (R2). Kills cannot see a missing fsync; this can.
//
// tornfs keeps what was not synced apart and drops, keeps or tears each page of it by a
// seeded coin. ext4cut does the same with a real file system: loop mount, shutdown
// ioctl, journal replay.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { Load, drain, firstAck, makeQueues } from './load.mjs';
import {
	defer, folder, freePort, mount, must, needMounts, now, Server, sleep, tool, tornfs,
} from './lib.mjs';
import { verdict } from './history.mjs';

// One cut under a writer with this `synchronous`: what was acknowledged, what is left.
async function sqliteCut(synchronous, seed, ms) {
	const back = folder();
	const disk = await tornfs(back, seed);
	const writer = spawn(tool('sqlload'), [`${disk.mnt}/a.db`, synchronous, 'load'],
		{ stdio: ['ignore', 'pipe', 'ignore'] });
	let said = '';
	writer.stdout.on('data', (d) => { said += d; });
	const ended = new Promise((resolve) => writer.once('close', resolve));
	const forget = defer(() => writer.kill('SIGKILL'));
	await sleep(ms);
	disk.command('cut');
	await ended;
	await forget();
	await disk.unmount();
	const acked = Number(said.trim().split('\n').pop());
	let found;
	try {
		found = must(tool('sqlload'), [`${back}/a.db`, '-', 'check']).trim();
	} catch {
		found = 'broken';
	}
	const [word, first, count, last] = found.split(/\s+/);
	const whole = word === 'ok' && (count === '0' || first === '1' && count === last);
	return { acked, lost: whole ? Math.max(0, acked - Number(last)) : acked, broken: !whole };
}

// The tool itself: FULL loses nothing, NORMAL some, OFF breaks the file. A tool that
// finds no loss with OFF would find none in ringi either.
export async function selftest(t) {
	const rounds = t.rounds(12, 4);
	const sum = {};
	for (const synchronous of ['full', 'normal', 'off']) {
		const s = sum[synchronous] = { acked: 0, lost: 0, broken: 0 };
		for (let i = 0; i < rounds; i++) {
			const r = await sqliteCut(synchronous, t.seed * 1000 + i, 250 + 50 * (i % 5));
			s.acked += r.acked;
			s.lost += r.lost;
			s.broken += r.broken ? 1 : 0;
		}
	}
	if (sum.full.lost > 0 || sum.full.broken > 0)
		t.fail('a synced commit was lost: the tool is wrong');
	if (sum.normal.lost === 0)
		t.fail('NORMAL lost nothing: the tool does not cut');
	if (sum.off.lost === 0 || sum.off.broken === 0)
		t.fail('OFF lost nothing: the tool does not cut');
	return ['full', 'normal', 'off'].map((k) => `${k.toUpperCase()} ${sum[k].lost} of ` +
		`${sum[k].acked} lost, ${sum[k].broken} of ${rounds} files broken`).join('; ');
}

// Cut after cut on the same folder. It is made in peace, as a package does it; what is
// inside is the server's. `under`: a program to run the server under; `done` hears of each cut.
async function cutRounds(t, rounds, under = [], done = () => {}) {
	const back = `${t.dir}/platter`;
	fs.mkdirSync(`${back}/data`, { recursive: true });
	const port = await freePort();
	const out = { queues: undefined, restarts: [], kept: 0, dropped: 0, torn: 0, names_lost: 0 };
	for (let round = 0; round < rounds; round++) {
		const disk = await tornfs(back, t.seed * 1000 + round);
		const server = Server.spawn({ dir: `${disk.mnt}/data`, port, under });
		if (out.queues === undefined) {
			await server.ready();
			out.queues = await makeQueues(port);
		} else {
			out.restarts.push(await firstAck(server, out.queues[round % 2]));
			await drain(port, out.queues);
		}
		const load = new Load(port, out.queues, t.rng);
		await sleep(t.rng.between(100, 400));
		// odd rounds: between any two system calls
		disk.command(round % 2 === 0 ? 'cut' : `arm ${1 + t.rng.below(400)}`);
		const late = now() + 5000;
		while (disk.status().dark === 0 && now() < late)
			await sleep(2);
		await sleep(20); // an answer that comes now was promised before, or is a lie
		load.running = false;
		await server.kill();
		await load.stop();
		const status = disk.status();
		for (const k of ['kept', 'dropped', 'torn', 'names_lost'])
			out[k] += status[k];
		await disk.unmount();
		done(round + 1);
		t.progress(`${round + 1} of ${rounds}`);
		if (verdict(out.queues.map((q) => q.history)).bad > 0)
			break;
	}
	const server = await Server.start({ dir: `${back}/data`, port });
	await drain(port, out.queues);
	await server.stop();
	return { ...out, ...verdict(out.queues.map((q) => q.history)) };
}

export async function powercut(t) {
	const rounds = t.rounds(100, 6);
	const v = await cutRounds(t, rounds);
	v.examples.forEach(t.fail);
	return `${rounds} power cuts, ${v.acked} acknowledged, ${v.text}; pages ${v.dropped} dropped, ` +
		`${v.kept} kept, ${v.torn} torn, ${v.names_lost} names lost; ` +
		`restart to first acknowledged send at most ${Math.max(0, ...v.restarts).toFixed(0)} ms`;
}

// The same server, whose syncs are answered with "done" and not done: it has to be caught.
export async function control(t) {
	const lie = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=fdatasync,fsync',
		'-e', 'inject=fdatasync,fsync:retval=0'];
	let found, cuts = 0;
	try {
		const v = await cutRounds(t, t.rounds(10, 5), lie, (n) => { cuts = n; });
		found = v.bad > 0 ? v.text : undefined;
	} catch (e) {
		if (cuts === 0)
			throw e; // not even once in peace
		found = e.message.slice(0, 80); // the database did not start again, or not as it was
	}
	if (found === undefined)
		t.fail('a server without fsync was not caught');
	return `without fsync, after ${cuts} cuts: ${found ?? 'nothing found'}`;
}

// What a folder looks like that does not start any more.
function evidence(dir) {
	return fs.readdirSync(dir).map((f) => {
		const size = fs.statSync(`${dir}/${f}`).size;
		let zeros = '';
		try {
			zeros = size > 0 && size < 65536 && fs.readFileSync(`${dir}/${f}`).every((b) => b === 0) ?
				' all zero' : '';
		} catch (e) {
			zeros = ` ${e.code}`;
		}
		return `${f} ${size}${zeros}`;
	}).join(', ');
}

// Each mount is of a fresh copy of the image: a process with a mount namespace of its own
// may hold the dead file system for a while, and a mount of the same image would be that
// one again, all EIO.
function mountCopy(t, mnt, round) {
	const image = `${t.dir}/disk${round}`;
	must('cp', ['--sparse=always', `${t.dir}/disk${round - 1}`, image]);
	fs.rmSync(`${t.dir}/disk${round - 1}`);
	return mount(mnt, ['-o', 'loop', image]);
}

export async function ext4cut(t) {
	needMounts('ext4cut');
	const rounds = t.rounds(100, 3);
	const mnt = folder();
	must('truncate', ['-s', '512M', `${t.dir}/disk-1`]);
	must('mkfs.ext4', ['-q', '-F', `${t.dir}/disk-1`]);
	const port = await freePort();
	let queues;
	for (let round = 0; round < rounds; round++) {
		const unmount = mountCopy(t, mnt, round);
		const server = Server.spawn({ dir: `${mnt}/data`, port });
		if (queues === undefined) {
			await server.ready();
			queues = await makeQueues(port);
		} else {
			await firstAck(server, queues[round % 2]).catch((e) => {
				e.message += `; after cut ${round}: ${evidence(`${mnt}/data`)}`;
				throw e;
			});
			await drain(port, queues);
		}
		const load = new Load(port, queues, t.rng);
		await sleep(t.rng.between(100, 500));
		must(tool('shutdown'), [mnt]);
		await sleep(50);
		load.running = false;
		await server.kill();
		await load.stop();
		await unmount();
		t.progress(`${round + 1} of ${rounds}`);
	}
	mountCopy(t, mnt, rounds);
	const server = await Server.start({ dir: `${mnt}/data`, port });
	await drain(port, queues);
	await server.stop();
	const v = verdict(queues.map((q) => q.history));
	v.examples.forEach(t.fail);
	return `${rounds} power cuts of a real ext4, ${v.acked} acknowledged, ${v.text}`;
}
