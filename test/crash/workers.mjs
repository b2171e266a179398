// workers.mjs - a server and its workers die in the middle of jobs.
//
// Producers submit lists of jobs and groups with an Idempotency-Key and ask until there is an
// answer, so each that was meant is there once. Workers over REST complete, fail and fail for
// good, as the payload says, and note what they were answered; `ringi worker` runs a command that
// writes down which jobs it did. All of them are killed at any moment. At the end each job is in
// the ledger once and has ended once, as its worker was told; nobody was told of two ends; a job
// that SUCCEEDED was done by somebody; each group is done, and said so once.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { Client } from './client.mjs';
import { worst } from './kill.mjs';
import { RINGI, Server, defer, freePort, must, now, sleep } from './lib.mjs';

const LEASE_MS = 1500, EACH = 3, FINAL = ['SUCCEEDED', 'FAILED', 'CANCELED'];
const SHELL = 'echo "$RINGI_MESSAGE_ID" >> "$DONE"; cat > "$RINGI_RESULT_FILE"; exit 0';

/** An answer, or undefined: nobody knows what became of it. */
async function ask(client, method, at, body, headers = {}) {
	try {
		const r = await client.request(method, at, { 'content-type': 'application/json', ...headers },
			body === undefined ? '' : JSON.stringify(body));
		return { status: r.status, data: r.body === '' ? undefined : JSON.parse(r.body) };
	} catch {
		await sleep(5);
		return undefined;
	}
}

/** Until there is an answer that says yes. */
async function surely(client, method, at, body, headers) {
	for (const late = now() + 60000; now() < late;) {
		const r = await ask(client, method, at, body, headers);
		if (r?.status < 300)
			return r.data;
		if (r !== undefined && r.status < 500)
			throw new Error(`${method} ${at}: ${r.status} ${JSON.stringify(r.data)}`);
	}
	throw new Error(`${method} ${at}: no answer in a minute`);
}

class Ledger {
	constructor() {
		this.meant = 0;          // jobs whose submit was answered
		this.ids = new Set();
		this.groups = new Set();
		this.told = new Map();   // job -> the end that its worker was told of
		this.twice = [];
	}

	submitted(jobs) {
		this.meant += jobs.length;
		for (const id of jobs)
			this.ids.add(id);
	}

	ended(id, state) {
		if (this.told.has(id))
			this.twice.push(id);
		this.told.set(id, state);
	}
}

const jobs = (t, queue) => Array.from({ length: EACH }, () => ({ ...queue, payload: { luck: t.rng.next() } }));

async function produce(t, client, ledger, name, state) {
	for (let n = 0; state.submitting; n++) {
		const key = { 'idempotency-key': `${name}-${n}` };
		if (n % 4 === 3) {
			const group = await surely(client, 'POST', '/v1/groups',
				{ jobs: jobs(t, { queue: 'work' }), on_done: { queue: 'done' } }, key);
			ledger.groups.add(group.id);
			ledger.submitted(group.jobs);
		} else {
			const list = await surely(client, 'POST', '/v1/queues/work/jobs', { jobs: jobs(t, {}) }, key);
			ledger.submitted(list.jobs.map((j) => j.id));
		}
		await sleep(5);
	}
}

/** One report; its answer is what counts. */
async function report(t, client, ledger, job) {
	const { luck } = job.payload, at = `/v1/jobs/${job.id}`, { lease } = job;
	if (luck > 0.9)
		await ask(client, 'POST', `${at}/heartbeat`, { lease, progress: 0.5 });
	if (t.rng.next() < 0.02)
		return; // it vanished: the lease ends
	const [verb, body] = luck < 0.05 ? ['fail', { lease, retry: false, error: { code: 'NEVER' } }] :
		luck < 0.2 && job.attempts < 2 ? ['fail', { lease, error: { code: 'LATER' } }] :
			['complete', { lease, result: luck }];
	const r = await ask(client, 'POST', `${at}/${verb}`, body);
	if (r?.status === 200 && FINAL.includes(r.data.state))
		ledger.ended(job.id, r.data.state);
	else if (r !== undefined && r.status !== 200 && !(r.status === 409 || r.status >= 500))
		t.fail(`${verb}: ${r.status} ${JSON.stringify(r.data)}`);
}

async function work(t, client, ledger, state) {
	while (state.working) {
		const r = await ask(client, 'POST', '/v1/queues/work/claim', { max: 5, wait_s: 1, lease_ms: LEASE_MS });
		for (const job of r?.data?.jobs ?? [])
			await report(t, client, ledger, job);
	}
}

/** `ringi worker`, which is killed and started again. */
class Command {
	constructor(port, file) {
		this.args = ['worker', 'work', '--server', `http://127.0.0.1:${port}`, '--lease', '3',
			'--concurrency', '2', '--name', 'command', '--', 'sh', '-c', SHELL];
		this.env = { ...process.env, DONE: file };
		this.forget = defer(() => this.child?.kill('SIGKILL'));
	}

	start() {
		this.child = spawn(RINGI, this.args, { stdio: 'ignore', env: this.env });
		this.ended = new Promise((done) => { this.child.once('exit', done); });
	}

	async end(signal) {
		this.child.kill(signal);
		await this.ended;
	}
}

async function all(client, at) {
	const rows = [];
	for (let cursor = ''; cursor !== undefined;) {
		const page = await surely(client, 'GET', `${at}&limit=200${cursor && `&cursor=${cursor}`}`);
		rows.push(...page.jobs);
		cursor = page.cursor;
	}
	return rows;
}

async function empty(t, client) {
	for (const late = now() + 60000; now() < late; await sleep(50)) {
		const q = await surely(client, 'GET', '/v1/queues/work');
		if (q.visible + q.in_flight + q.delayed === 0)
			return;
	}
	t.fail('there were jobs that did not end within a minute');
}

/** What groups said. A group is told in the transaction in which its last member ends. */
async function toldGroups(client) {
	const said = [];
	for (;;) {
		const { Messages = [] } = await client.sqs('ReceiveMessage',
			{ QueueUrl: `http://127.0.0.1:${client.port}/000000000000/done`, MaxNumberOfMessages: 10 });
		if (Messages.length === 0)
			return said;
		said.push(...Messages.map((m) => JSON.parse(m.Body).group));
	}
}

function judge(t, ledger, rows, done, said) {
	const states = new Map(rows.map((j) => [j.id, j.state]));
	const wrong = (n, what) => n > 0 && t.fail(`${n} ${what}`);
	wrong(rows.length - states.size, 'jobs stand twice in the ledger');
	wrong(Math.abs(rows.length - ledger.meant), `jobs more or fewer than the ${ledger.meant} submitted`);
	wrong([...ledger.ids].filter((id) => !states.has(id)).length, 'submitted jobs are lost');
	wrong(rows.filter((j) => !FINAL.includes(j.state)).length, 'jobs have not ended');
	wrong(ledger.twice.length, 'jobs whose workers were told of two ends');
	wrong([...ledger.told].filter(([id, state]) => states.get(id) !== state).length,
		'jobs ended otherwise than their worker was told');
	wrong(rows.filter((j) => j.state === 'SUCCEEDED' && j.attempts < 1).length, 'jobs succeeded untried');
	wrong(rows.filter((j) => j.state === 'SUCCEEDED' && j.worker === 'command' && !done.has(j.id)).length,
		'jobs succeeded that no command did');
	wrong(said.length - new Set(said).size, 'groups said twice that they are done');
	wrong([...ledger.groups].filter((id) => !said.includes(id)).length, 'groups never said that they are done');
}

export async function workers(t) {
	const rounds = t.rounds(60, 4);
	const port = await freePort(), dir = `${t.dir}/data`, file = `${t.dir}/done.txt`;
	let server = await Server.start({ dir, port });
	const client = new Client(port);
	await surely(client, 'PUT', '/v1/queues/done', {});
	await surely(client, 'PUT', '/v1/queues/work', { track: true, visibility_timeout: 2,
		retry: { max_attempts: 1000, backoff: { initial_ms: 20, factor: 1, max_ms: 20 } } });
	const ledger = new Ledger(), state = { submitting: true, working: true };
	fs.writeFileSync(file, '');
	const commands = [new Command(port, file), new Command(port, file)];
	commands.forEach((c) => c.start());
	const producing = ['a', 'b'].map((name) => produce(t, new Client(port), ledger, name, state));
	const working = [1, 2, 3].map(() => work(t, new Client(port), ledger, state));
	const restarts = [];
	for (let round = 0; round < rounds; round++) {
		await sleep(t.rng.between(200, 900));
		if (round % 2 === 1)
			await commands[round >> 1 & 1].end('SIGKILL');
		await server.kill();
		const began = now();
		server = Server.spawn({ dir, port });
		await server.ready();
		restarts.push(now() - began);
		if (round % 2 === 1)
			commands[round >> 1 & 1].start();
		t.progress(`${round + 1} of ${rounds}`);
	}
	state.submitting = false;
	await Promise.all(producing);
	await empty(t, client);
	state.working = false;
	await Promise.all([...working, ...commands.map((c) => c.end('SIGTERM'))]);
	const rows = await all(client, '/v1/jobs?queue=work');
	const done = new Set(fs.readFileSync(file, 'utf8').split('\n').filter(Boolean));
	if (done.size === 0)
		t.fail('the commands did nothing');
	judge(t, ledger, rows, done, await toldGroups(client));
	client.close();
	await server.stop();
	must(RINGI, ['check', '--data', dir]);
	const attempts = rows.reduce((n, j) => n + j.attempts, 0);
	return `${rounds} kills of the server, ${rounds >> 1} of workers, ${rows.length} jobs in ${attempts} attempts, ` +
		`${done.size} of them by commands, ${ledger.groups.size} groups; ready again within ${worst(restarts).toFixed(0)} ms`;
}
