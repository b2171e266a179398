// run.mjs - the crash tests: does the real process keep its promises when the world breaks?
//
//   node test/crash/run.mjs [NAME...] [--rounds N] [--seed N] [--minutes N] [--quick] [--list]
//
// Without names all experiments run but the long ones (soak). Each ends with one line
// of figures; README.md beside this file has the hypotheses. RINGI names the server,
// default $B/ringi, build/ringi. Exit 0: none failed.
import fs from 'node:fs';
import { Cannot, chance, cleanup, cleanupNow, folder, now, RINGI } from './lib.mjs';
import * as backup from './backup.mjs';
import { checker } from './checker.mjs';
import * as clock from './clock.mjs';
import * as crowd from './crowd.mjs';
import * as cuts from './cuts.mjs';
import * as disk from './disk.mjs';
import * as kill from './kill.mjs';
import * as long from './long.mjs';
import * as points from './points.mjs';
import * as relay from './relay.mjs';
import { soak } from './soak.mjs';
import { workers } from './workers.mjs';

const EXPERIMENTS = {
	checker,
	selftest: cuts.selftest,
	control: cuts.control,
	kill9: kill.kill9,
	stop: kill.stop,
	powercut: cuts.powercut,
	ext4cut: cuts.ext4cut,
	crashpoints: points.crashpoints,
	errors: points.errors,
	migrate: points.migrate,
	diskfull: disk.diskfull,
	filelimit: disk.filelimit,
	deaddisk: disk.deaddisk,
	clock: clock.clock,
	slow: crowd.slow,
	idle: crowd.idle,
	memory: long.memory,
	backup: backup.backup,
	relaychaos: relay.relaychaos,
	relaypoints: relay.relaypoints,
	workers,
	soak,
};
const ONLY_BY_NAME = ['soak'];

function options(argv) {
	const o = { names: [], quick: false, seed: 1 };
	for (let i = 0; i < argv.length; i++) {
		const number = () => {
			const n = Number(argv[++i]);
			if (!Number.isFinite(n) || n <= 0)
				usage(`${argv[i - 1]} needs a number`);
			return n;
		};
		if (argv[i] === '--quick') o.quick = true;
		else if (argv[i] === '--rounds') o.rounds = number();
		else if (argv[i] === '--seed') o.seed = number();
		else if (argv[i] === '--minutes') o.minutes = number();
		else if (argv[i] === '--list') o.list = true;
		else if (argv[i] in EXPERIMENTS) o.names.push(argv[i]);
		else usage(`there is no experiment '${argv[i]}'`);
	}
	if (o.names.length === 0)
		o.names = Object.keys(EXPERIMENTS).filter((n) => o.quick || !ONLY_BY_NAME.includes(n));
	return o;
}

function usage(why) {
	console.error(`run.mjs: ${why}; known: ${Object.keys(EXPERIMENTS).join(' ')}`);
	process.exit(2);
}

// An experiment may fail(text) and go on, or throw; Cannot is no failure.
async function one(name, o) {
	const failures = [];
	const began = now();
	let text, outcome;
	const t = {
		name, quick: o.quick, minutes: o.minutes, seed: o.seed, rng: chance(o.seed),
		dir: folder(),
		// full and quick numbers of rounds; --rounds goes before both
		rounds: (full, quick) => o.rounds ?? (o.quick ? quick : full),
		fail: (why) => { failures.push(why); },
		progress: (line) => process.stderr.isTTY && process.stderr.write(`\r\x1b[K${name}: ${line}`),
	};
	try {
		text = await EXPERIMENTS[name](t);
		outcome = failures.length === 0 ? 'passed' : 'failed';
	} catch (e) {
		outcome = e instanceof Cannot ? 'skipped' : 'failed';
		text ??= e instanceof Cannot ? e.message : 'ended early';
		if (outcome === 'failed')
			failures.push(e.stack ?? String(e));
	}
	await cleanup();
	t.progress('');
	if (process.stderr.isTTY)
		process.stderr.write('\r\x1b[K');
	const seconds = ((now() - began) / 1000).toFixed(0);
	console.log(`${name}: ${text} (seed ${o.seed}, ${seconds} s) ${outcome}`);
	for (const why of failures.slice(0, 20))
		console.log(`    ${why}`);
	return outcome;
}

async function main() {
	const o = options(process.argv.slice(2));
	if (o.list) {
		console.log(Object.keys(EXPERIMENTS).join('\n'));
		return 0;
	}
	if (!fs.existsSync(RINGI)) {
		console.error(`run.mjs: there is no server at ${RINGI}; build it, or set RINGI`);
		return 1;
	}
	const tally = { passed: 0, failed: 0, skipped: 0 };
	for (const name of o.names)
		tally[await one(name, o)]++;
	const skipped = tally.skipped > 0 ? `, ${tally.skipped} skipped` : '';
	console.log(`${tally.passed} passed, ${tally.failed} failed${skipped}`);
	return tally.failed === 0 ? 0 : 1;
}

for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]])
	process.once(signal, () => { cleanupNow(); process.exit(code); });
for (const fault of ['uncaughtException', 'unhandledRejection'])
	process.once(fault, (e) => { console.error(e); cleanupNow(); process.exit(5); });
process.exit(await main());
