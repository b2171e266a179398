// lib.mjs - processes, folders, mounts and tools of the experiments, and their end.
//
// Everything that is started registers its end with `defer`; run.mjs calls `cleanup`
// behind each experiment, also after a failure or SIGINT, in reverse order. Processes
// are ended by pid. Times are milliseconds.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from './client.mjs';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const BUILD = process.env.B ?? 'build';
export const RINGI = process.env.RINGI ?? path.join(BUILD, 'ringi');

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
export const now = () => performance.now();

// ---- the end of things

const ends = [];

// Returns a function that does it now instead of at the end.
export function defer(end) {
	const entry = { end };
	ends.push(entry);
	return async () => {
		const at = ends.indexOf(entry);
		if (at >= 0) {
			ends.splice(at, 1);
			await end();
		}
	};
}

export async function cleanup() {
	while (ends.length > 0) {
		try {
			await ends.pop().end();
		} catch (e) {
			console.error(`cleanup: ${e.message}`);
		}
	}
}

// The same without promises, for the way out of the process.
export function cleanupNow() {
	while (ends.length > 0) {
		try {
			ends.pop().end();
		} catch {
			// The others still have to go.
		}
	}
}

export function folder(parent = os.tmpdir()) {
	const dir = fs.mkdtempSync(path.join(parent, 'ringi-crash-'));
	defer(() => fs.rmSync(dir, { recursive: true, force: true }));
	return dir;
}

// ---- chance: the same seed plays the same experiment

export function chance(seed) {
	let state = BigInt(seed) & 0xffffffffffffffffn;
	const next = () => {
		state = (state + 0x9e3779b97f4a7c15n) & 0xffffffffffffffffn;
		let z = state;
		z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & 0xffffffffffffffffn;
		z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & 0xffffffffffffffffn;
		return Number((z ^ (z >> 31n)) >> 11n) / 2 ** 53;
	};
	return { next, below: (n) => Math.floor(next() * n), between: (a, b) => a + next() * (b - a) };
}

// ---- tools: small C programs beside this file, compiled when they are older than their source

export function tool(name) {
	const sources = fs.readdirSync(HERE)
		.filter((f) => f.endsWith('.c') && (f === `${name}.c` || f.startsWith(`${name}_`)))
		.map((f) => path.join(HERE, f));
	const out = path.resolve(BUILD, 'crash-tools', name);
	const libs = { tornfs: ['fuse3'], sqlload: ['sqlite3'] }[name] ?? [];
	const newest = Math.max(...sources.map((f) => fs.statSync(f).mtimeMs));
	if (fs.existsSync(out) && fs.statSync(out).mtimeMs > newest)
		return out;
	fs.mkdirSync(path.dirname(out), { recursive: true });
	const flags = libs.length === 0 ? [] :
		must('pkg-config', ['--cflags', '--libs', ...libs]).trim().split(/\s+/);
	must(process.env.CC ?? 'gcc', ['-std=c17', '-D_GNU_SOURCE', '-Wall', '-Wextra', '-Werror',
		'-O2', '-g', '-o', out, ...sources, ...flags]);
	return out;
}

// Runs a program to its end and returns its output; throws with what it said.
export function must(command, args, options = {}) {
	const r = spawnSync(command, args, { encoding: 'utf8', ...options });
	if (r.error || r.status !== 0) {
		const said = (r.stderr || r.stdout || r.error?.message || '').trim();
		throw new Error(`${command} ${args.join(' ')}: ${said || `exit ${r.status}`}`);
	}
	return r.stdout;
}

// This machine cannot do an experiment; that says nothing about the server.
export class Cannot extends Error {}

// Not only root: a container may be root and still not be allowed to mount.
export function needMounts(what) {
	if (process.getuid() !== 0)
		throw new Cannot(`${what} needs root (mounts); run it as root`);
	const probe = folder();
	const r = spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', probe], { encoding: 'utf8' });
	if (r.status !== 0)
		throw new Cannot(`${what} needs mounts: ${(r.stderr ?? r.error.message).trim()}`);
	must('umount', [probe]);
}

// ---- mounts

// Returns its end, which waits until the file system is gone (a lazy one might still
// write to its image while the next mount reads it).
export function mount(dir, args) {
	must('mount', [...args, dir]);
	const lazily = defer(() => must('umount', ['-l', dir]));
	return async () => {
		must('umount', [dir]);
		await lazily().catch(() => undefined);
	};
}

// A disk whose power can be cut (tornfs.c). `back` is the platter.
export async function tornfs(back, seed) {
	needMounts('tornfs');
	if (!fs.existsSync('/dev/fuse'))
		throw new Cannot('there is no /dev/fuse: power cuts cannot be tried here');
	const mnt = folder();
	const child = spawn(tool('tornfs'), [back, mnt, String(seed)],
		{ stdio: ['ignore', 'ignore', 'pipe'] });
	let said = '';
	child.stderr.on('data', (d) => { said += d; });
	const ended = new Promise((resolve) =>
		child.once('exit', (code, signal) => resolve({ code, signal })));
	// By the mount: a file system process that is killed leaves a dead mount behind.
	const unmount = defer(() => {
		const r = spawnSync('umount', ['-l', mnt]);
		if (r.status !== 0)
			child.kill('SIGKILL');
	});
	const control = path.join(mnt, '.tornfs');
	for (let i = 0; !fs.existsSync(control); i++) {
		if (i > 500 || child.exitCode !== null)
			throw new Error(`tornfs does not mount: ${said.trim()}`);
		await sleep(10);
	}
	return {
		mnt,
		command: (text) => fs.writeFileSync(control, text),
		status: () => Object.fromEntries(fs.readFileSync(control, 'utf8').trim().split('\n')
			.map((line) => line.split(' ')).map(([k, v]) => [k, Number(v)])),
		unmount: async () => {
			await unmount();
			const { code } = await ended;
			if (code !== 0)
				throw new Error(`tornfs ended with ${code}: ${said.trim()}`);
		},
	};
}

// ---- the server

export function freePort() {
	return new Promise((resolve, reject) => {
		const s = net.createServer().once('error', reject);
		s.listen(0, '127.0.0.1', () => {
			const { port } = s.address();
			s.close(() => resolve(port));
		});
	});
}

// The process itself, where `pid` runs it under another program (strace, faketime).
function childOf(pid) {
	try {
		const text = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
		return text === '' ? undefined : Number(text.split(' ')[0]);
	} catch {
		return undefined;
	}
}

export class Server {
	// under: ['strace', ...] runs the server below another program.
	static spawn({ dir, port, under = [], env = {}, args = [] }) {
		const s = new Server();
		const line = [...under, RINGI, 'serve', '--data', dir, '--listen', `127.0.0.1:${port}`,
			'--auth', 'off', ...args];
		s.port = port;
		s.dir = dir;
		s.spawnedAt = now();
		s.said = '';
		s.under = under.length > 0;
		s.child = spawn(line[0], line.slice(1), {
			stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
		for (const stream of [s.child.stdout, s.child.stderr])
			stream.on('data', (d) => { s.said = (s.said + d).slice(-4000); });
		s.ended = new Promise((resolve) => {
			s.child.once('error', (e) => resolve({ code: -1, signal: e.message }));
			s.child.once('exit', (code, signal) => {
				s.endedAt = now();
				resolve(s.end = { code, signal });
			});
		});
		s.forget = defer(() => s.signal('SIGKILL'));
		return s;
	}

	static async start(options) {
		const s = Server.spawn(options);
		await s.ready(options.readyMs);
		return s;
	}

	get pid() {
		return this.under ? this.inner ??= childOf(this.child.pid) : this.child.pid;
	}

	async ready(timeoutMs = 30000) {
		const until = now() + timeoutMs;
		for (const client = new Client(this.port);; await sleep(3)) {
			if (this.end !== undefined)
				throw new Error(`the server ended at start: ${this.why()}`);
			if (now() > until)
				throw new Error(`not ready after ${timeoutMs} ms: ${this.why()}`);
			const answer = await client.request('GET', '/readyz').catch(() => undefined);
			client.close();
			if (answer?.status === 200)
				return;
		}
	}

	signal(name) {
		if (this.end !== undefined)
			return;
		try {
			process.kill(this.pid ?? this.child.pid, name);
			if (this.under && name === 'SIGKILL')
				this.child.kill('SIGKILL');
		} catch {
			// It is gone already.
		}
	}

	async kill() {
		this.signal('SIGKILL');
		const end = await this.ended;
		await this.forget();
		return end;
	}

	// Politely; 20 s for the drain.
	async stop() {
		this.signal('SIGTERM');
		const late = setTimeout(() => this.signal('SIGKILL'), 20000);
		const end = await this.ended;
		clearTimeout(late);
		await this.forget();
		if (end.code !== 0)
			throw new Error(`SIGTERM: ${this.why()}`);
	}

	// Waits for an end that the server comes to by itself; undefined when it does not.
	async endsWithin(ms) {
		let timer;
		const late = new Promise((resolve) => { timer = setTimeout(resolve, ms); });
		const end = await Promise.race([this.ended, late]);
		clearTimeout(timer);
		if (end !== undefined)
			await this.forget();
		return end;
	}

	why() {
		const end = this.end ? `exit ${this.end.code ?? this.end.signal}` : 'running';
		return `${end}; it said: ${this.said.trim().split('\n').slice(-3).join(' | ') || 'nothing'}`;
	}

	// Resident memory in bytes, open descriptors.
	usage() {
		const text = fs.readFileSync(`/proc/${this.pid}/status`, 'utf8');
		return {
			resident: Number(/VmRSS:\s+(\d+)/.exec(text)[1]) * 1024,
			descriptors: fs.readdirSync(`/proc/${this.pid}/fd`).length,
		};
	}
}

// Injects faults into the running server from outside: strace attached to all its threads.
export async function attachStrace(server, inject, log) {
	const sets = inject.map((i) => i.split(':')[0]);
	const args = ['-f', '-qq', '-o', log ?? '/dev/null', '-e', `trace=${sets.join(',')}`,
		...inject.filter((i) => i.includes(':')).flatMap((i) => ['-e', `inject=${i}`]),
		'-p', String(server.pid)];
	const child = spawn('strace', args, { stdio: ['ignore', 'ignore', 'pipe'] });
	let said = '';
	child.stderr.on('data', (d) => { said += d; });
	const ended = new Promise((resolve) => child.once('exit', resolve));
	const detach = defer(() => child.kill('SIGINT'));
	for (let i = 0; !traced(server.pid); i++) {
		if (server.end === undefined && (i > 2000 || child.exitCode !== null))
			throw new Error(`strace does not attach: ${said.trim()}`);
		if (server.end !== undefined)
			break;
		await sleep(2);
	}
	return { detach: async () => { await detach(); await ended; } };
}

// Every thread has its tracer.
function traced(pid) {
	try {
		return fs.readdirSync(`/proc/${pid}/task`).every((t) =>
			!/TracerPid:\s+0\n/.test(fs.readFileSync(`/proc/${pid}/task/${t}/status`, 'utf8')));
	} catch {
		return false;
	}
}
