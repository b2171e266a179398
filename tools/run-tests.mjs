// run-tests.mjs - runs the steps of `make test`, each with a time limit, and adds up.
//
//   B=build node tools/run-tests.mjs STEP...       (steps: see `steps` below)
//
// What a step prints goes to $B/logs/STEP.log; of a step that fails the end of the log is
// shown. The last line on standard output is always `N passed, N failed`, where a cmocka
// or node:test test counts one, and anything else (a build, lint, a fuzzer, the simulator) one a program.
// A step that ran into its limit, or printed no result, failed. Exit 1 when anything failed.
//
// Environment: FUZZ_SECONDS (5), SIM_SEEDS (200; three lives each), CRASH_QUICK (names of experiments), TEST_MINUTES
// (28, for everything together).
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, createWriteStream, existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join, resolve } from 'node:path';

const B = process.env.B || 'build';
const LOGS = join(B, 'logs');
const CORES = availableParallelism();
const AT_ONCE = CORES + 1; // tests wait for deadlines and disks as often as they compute
const FUZZ_SECONDS = Number(process.env.FUZZ_SECONDS || 5);
const CRASH = (process.env.CRASH_QUICK ||
  'kill9 stop powercut diskfull deaddisk backup relaychaos relaypoints workers').split(' ');
const SIM_SEEDS = Number(process.env.SIM_SEEDS || 200);
const END = Date.now() + Number(process.env.TEST_MINUTES || 28) * 60_000;
const PLAIN = ['HARDEN=', 'HARDEN_LINK='];
const SAN = '-O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=all';
const FLAVOURS = {
  gcc: { B, vars: [] },
  clang: { B: join(B, 'clang'), vars: [...PLAIN, 'CC=clang', 'CXX=clang++', 'CFLAGS=-O0 -g'] },
  asan: { B: join(B, 'asan'), vars: [...PLAIN, 'CC=gcc', `CFLAGS=${SAN} -fsanitize=address,undefined`] },
  tsan: { B: join(B, 'tsan'), vars: [...PLAIN, 'CC=gcc', `CFLAGS=${SAN} -fsanitize=thread`] },
  fuzz: { B: join(B, 'fuzz'), vars: [...PLAIN, 'CC=clang', 'CXX=clang++',
    `CFLAGS=${SAN} -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize=function,vptr`] },
};
const SAN_ENV = {
  ASAN_OPTIONS: 'detect_leaks=1:abort_on_error=1:detect_stack_use_after_return=1',
  UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
  TSAN_OPTIONS: 'halt_on_error=1:second_deadlock_stack=1',
};

const steps = {
  deps: { what: 'what is needed is installed', run: (s) => program(s, 'sh', ['tools/deps.sh', 'all'], 600) },
  gcc: { what: 'gcc: build, C tests', run: (s) => cTests(s, FLAVOURS.gcc) },
  clang: { what: 'clang: everything compiles', run: (s) => make(s, FLAVOURS.clang, ['objects']) },
  asan: { what: 'C tests, ASan + UBSan', run: (s) => cTests(s, FLAVOURS.asan) },
  tsan: { what: 'C tests, TSan', run: (s) => cTests(s, FLAVOURS.tsan) },
  lint: { what: 'lint', run: (s) => program(s, process.execPath, ['tools/lint.mjs'], 60) },
  console: { what: 'console: types, units', run: consoleUnits },
  node: { what: 'clients and HTTP', run: (s) => nodeSuites(s, FLAVOURS.gcc) },
  'node-asan': { what: 'clients and HTTP, ASan + UBSan', run: (s) => nodeSuites(s, FLAVOURS.asan) },
  postgres: { what: 'the same on PostgreSQL, the most telling', run: (s) => onPostgres(s, QUICK_ON_POSTGRES) },
  'postgres-all': { what: 'the same on PostgreSQL, all that has a store', run: (s) => onPostgres(s, ALL_ON_POSTGRES) },
  sim: { what: `simulator, ${SIM_SEEDS} seeds`, run: simulate },
  fuzz: { what: `fuzzers, ${FUZZ_SECONDS} s each`, run: fuzz },
  crash: { what: 'crash experiments, the quick ones', run: crash },
};

// What runs on PostgreSQL as well. C: what opens a world or a store, but not those that look into SQLite's
// file. Node: what starts its server by test/compat/lib.mjs. The quick ones are the store's contract, the
// rules of queues, jobs and approvals, and what clients see of them.
const ALL_ON_POSTGRES = {
  c: /^test\/(store|account|approval|audit|definitions|directory|engine\/(faults|idempotency)|job\/(?!sql|callback)|key\/(key_|roles)|notify|policy\/versions|queue|schedule|sql|topic\/(topic|retry))/,
  node: /^test\/(compat\/|cli\/archive\.)/,
};
const QUICK_ON_POSTGRES = {
  c: /^test\/(store\/|queue\/(standard|fifo)|sql|job\/ledger|approval\/people)/,
  node: /^test\/(compat\/(queues|jobs|approvals|restart)|cli\/archive)\./,
};

// ---- running programs

const live = new Set();
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => { for (const c of live) stop(c); process.exit(130); });
}

/** Ends a program with all it started: each runs as a process group of its own. */
function stop(child) {
  try { process.kill(-child.pid, 'SIGKILL'); } catch { /* has ended */ }
}

/** Runs it; gives { ok, out, why }. Output goes to the log of the step as it comes. */
function run(step, command, args, seconds, env = {}) {
  const limit = Math.min(seconds * 1000, END - Date.now());
  if (limit <= 0) return Promise.resolve({ ok: false, out: '', why: 'no time left' });
  const { MAKEFLAGS, MAKELEVEL, MFLAGS, NODE_TEST_CONTEXT, ...inherited } = process.env;
  return new Promise((done) => {
    const out = [];
    const child = spawn(command, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...inherited, ...env } });
    live.add(child);
    step.log.write(`\n$ ${command} ${args.join(' ')}\n`);
    const take = (d) => { out.push(d); step.log.write(d); };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    let why = '';
    const timer = setTimeout(() => { why = `stopped after ${Math.round(limit / 1000)} s`; stop(child); }, limit);
    const end = (code, signal) => {
      clearTimeout(timer);
      if (live.delete(child)) stop(child); // what it left running
      const text = Buffer.concat(out).toString();
      if (!why && (code !== 0 || signal)) why = signal ? `died of ${signal}` : `exit ${code}`;
      done({ ok: why === '', out: text, why });
    };
    child.on('error', (e) => { why = e.message; end(1); });
    child.on('exit', (code, signal) => setTimeout(end, 20, code, signal));
  });
}

// Lines that make's progress and the memory maps of sanitizers consist of.
const NOISE = /^ {2}(CC|CXX|LD|AR|SQL) |^(=>| {2})0x[0-9a-f]{12}:|^ {2}[A-Z][\w ]+: +[0-9a-f ]{2,23}$|^Shadow byte/;
const COMPLAINT = /==\d+==ERROR|runtime error:|WARNING: ThreadSanitizer|\[ {2}ERROR| error: /;

/** The part of an output that tells most: from the first complaint on, else its end. */
function telling(out) {
  const lines = out.trimEnd().split('\n').filter((l) => !NOISE.test(l));
  const first = lines.findIndex((l) => COMPLAINT.test(l));
  return first < 0 ? lines.slice(-40) : lines.slice(Math.max(0, first - 2), first + 38);
}

function failed(step, name, why, out) {
  step.failed++;
  step.problems.push(`  ${name}: ${why}\n${telling(out).map((l) => `    ${l}`).join('\n')}`);
}

/** One program, one result. */
async function program(step, command, args, seconds, env) {
  const r = await run(step, command, args, seconds, env);
  if (r.ok) step.passed++;
  else failed(step, [basename(command), ...args].join(' '), r.why, r.out);
  return r;
}

const make = (step, flavour, targets) => program(step, 'make',
  [`-j${CORES}`, '-k', '--no-print-directory', `B=${flavour.B}`, ...flavour.vars, ...targets], 900);

/** `count` at a time. */
async function each(list, count, fn) {
  const rest = [...list];
  await Promise.all(Array.from({ length: count }, async () => {
    for (let x = rest.shift(); x !== undefined; x = rest.shift()) await fn(x);
  }));
}

const listed = (target, flavour) => {
  const r = spawnSync('make', ['-s', '--no-print-directory', `B=${flavour.B}`, target], { encoding: 'utf8' });
  return r.stdout.split('\n').filter(Boolean);
};

// ---- steps

async function cTests(step, flavour, { wanted = () => true, env = {}, limit = 180 } = {}) {
  await make(step, flavour, ['programs']);
  await each(listed('list-tests', flavour).filter(wanted), AT_ONCE, async (path) => {
    const name = path.slice(flavour.B.length + 1);
    if (!existsSync(path)) return failed(step, name, 'was not built', '');
    const r = await run(step, path, [], limit, { ...SAN_ENV, ...env });
    const good = Number(/\[  PASSED  \] (\d+) test/.exec(r.out)?.[1] ?? 0);
    const bad = Number(/\[  FAILED  \] .*?(\d+) test\(s\), listed below/.exec(r.out)?.[1] ?? 0);
    step.passed += good;
    if (bad > 0) step.failed += bad - 1;
    if (!r.ok || bad > 0) failed(step, name, r.why, r.out);
    else if (good === 0) failed(step, name, 'printed no result', r.out);
  });
}

// Browsers, and stories about how long something takes, want a core of their own.
const BUSY = ['console', 'examples'].map((folder) => join('test', folder));
const isBusy = (file) => BUSY.some((folder) => file.startsWith(folder));

function suites() {
  const found = [];
  const walk = (folder) => {
    for (const e of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, e.name);
      if (e.isDirectory() && e.name !== 'node_modules' && path !== join('test', 'crash')) walk(path);
      else if (e.name.endsWith('.test.mjs')) found.push(path);
    }
  };
  walk('test');
  return found.sort();
}

async function nodeSuites(step, flavour, { wanted = () => true, env = {} } = {}) {
  const ringi = resolve(flavour.B, 'ringi');
  // Tests of the tools never see the server, and a browser asks nothing of it that the others do not.
  const once = ['tools', 'console'].map((folder) => join('test', folder));
  const found = suites().filter((f) => flavour === FLAVOURS.gcc || !once.some((o) => f.startsWith(o)))
    .filter(wanted);
  if (found.length === 0) return;
  if (!existsSync(ringi)) return failed(step, 'node suites', `${ringi} was not built`, '');
  const suite = async (file) => {
    const r = await run(step, process.execPath, ['--test', '--test-reporter=tap', file], 300,
      { ...SAN_ENV, ...env, RINGI: ringi });
    const count = (word) => Number([...r.out.matchAll(new RegExp(`^# ${word} (\\d+)$`, 'gm'))].at(-1)?.[1] ?? 0);
    const bad = count('fail') + count('cancelled');
    step.passed += count('pass');
    if (bad > 0) step.failed += bad - 1;
    const lines = r.out.split('\n');
    const told = lines.flatMap((l, i) => (/^\s*not ok/.test(l) ? lines.slice(i, i + 16) : [])).slice(0, 60);
    if (!r.ok || bad > 0) failed(step, file, r.why, told.join('\n') || r.out);
    else if (count('pass') === 0) failed(step, file, 'printed no result', r.out);
  };
  await each(found.filter(isBusy), CORES, suite);
  await each(found.filter((file) => !isBusy(file)), AT_ONCE, suite);
}

/** C tests and node suites against a PostgreSQL that is there for this step only. */
async function onPostgres(step, wanted) {
  const { skip, startPostgres } = await import(resolve('test/compat/postgres.mjs'));
  if (skip) return failed(step, 'PostgreSQL', skip, '');
  // In memory, as the stores of worlds are: a schema is hundreds of files, and each test makes one; those that
  // let the n-th call fail for all n make hundreds.
  const db = await startPostgres({ memory: true,
    settings: { fsync: 'on', max_connections: 200, max_locks_per_transaction: 256, shared_buffers: '128MB' } });
  const env = { RINGI_TEST_POSTGRES: db.url };
  const among = (list) => (path) => list.test(path.replace(`${B}/`, ''));
  try {
    await cTests(step, FLAVOURS.gcc, { wanted: among(wanted.c), env, limit: 900 });
    await nodeSuites(step, FLAVOURS.gcc, { wanted: among(wanted.node), env });
  } finally {
    await db.stop();
  }
}

/** The console without a browser: its types, its units. (With one: test/console.) */
async function consoleUnits(step) {
  for (const [name, args] of [['tsc', ['-p', 'console']], ['vitest', ['run', '--root', 'console']]]) {
    const r = await run(step, resolve('console/node_modules/.bin', name), args, 120);
    const good = Number(/Tests\s+(\d+) passed/.exec(r.out.replace(/\x1b\[\d+m/g, ''))?.[1] ?? 1);
    if (r.ok) step.passed += good;
    else failed(step, name, r.why, r.out);
  }
}

async function simulate(step) {
  const sim = join(B, 'test/sim/sim');
  if (!existsSync('test/sim') || readdirSync('test/sim').every((f) => !f.endsWith('.c'))) return;
  const built = await run(step, 'make', [`-j${CORES}`, `B=${B}`, 'sim-program'], 600);
  if (!built.ok) return failed(step, 'build', built.why, built.out);
  // A part of the seeds for each core; together they are one result.
  const parts = Array.from({ length: CORES }, (_, i) => Math.floor(SIM_SEEDS * i / CORES));
  const all = await Promise.all(parts.map((before, i) => run(step, sim,
    ['--from', String(before + 1), '--seeds', String((parts[i + 1] ?? SIM_SEEDS) - before)], 300)));
  const bad = all.find((r) => !r.ok);
  if (bad) failed(step, sim, bad.why, bad.out);
  else step.passed++;
}

/** Starts from the committed examples, in a copy: what is found new stays in the build folder. */
async function fuzz(step) {
  const flavour = FLAVOURS.fuzz;
  if (listed('list-fuzzers', flavour).length === 0) return;
  let inputs = 0;
  await make(step, flavour, ['fuzzers']);
  await each(listed('list-fuzzers', flavour), CORES, async (path) => {
    const name = basename(path).replace(/_fuzz$/, '');
    const corpus = join(flavour.B, 'corpus', name);
    const kept = ['', '_fuzz'].map((end) => join('test/fuzz/corpus', name + end)).find(existsSync);
    if (!existsSync(path)) return failed(step, name, 'was not built', '');
    rmSync(corpus, { recursive: true, force: true });
    mkdirSync(corpus, { recursive: true });
    if (kept) cpSync(kept, corpus, { recursive: true });
    const r = await run(step, path, [`-max_total_time=${FUZZ_SECONDS}`, '-timeout=10', '-rss_limit_mb=2048',
      '-verbosity=1', '-print_final_stats=1', `-artifact_prefix=${corpus}-`, corpus], FUZZ_SECONDS + 120, SAN_ENV);
    const runs = Number(/stat::number_of_executed_units:\s*(\d+)/.exec(r.out)?.[1] ?? 0);
    if (r.ok && runs > 0) step.passed++;
    else failed(step, name, r.why || 'did not run', r.out);
    inputs += runs;
    step.note = `${inputs.toLocaleString('en')} inputs`;
  });
}

/** A few of `make crash`, in short. An experiment that this machine cannot do is skipped there. */
async function crash(step) {
  if (!existsSync('test/crash/run.mjs')) return;
  const r = await run(step, process.execPath, ['test/crash/run.mjs', '--quick', ...CRASH], 400,
    { RINGI: resolve(B, 'ringi') });
  const [, good, bad, skipped] = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?/m.exec(r.out) ?? [];
  if (skipped) step.note = `${skipped} skipped: needs root that may mount, and /dev/fuse`;
  step.passed += Number(good ?? 0);
  if (bad > 0) step.failed += bad - 1;
  if (!r.ok || !good) failed(step, 'test/crash/run.mjs', r.why || 'printed no result', r.out);
}

// ---- all of them

const wanted = process.argv.slice(2);
for (const name of wanted) {
  if (!steps[name]) {
    console.error(`run-tests.mjs: no step '${name}'; there are ${Object.keys(steps).join(' ')}`);
    process.exit(2);
  }
}
mkdirSync(LOGS, { recursive: true });
let passed = 0, bad = 0;
for (const name of wanted) {
  const step = { passed: 0, failed: 0, problems: [], log: createWriteStream(join(LOGS, `${name}.log`)) };
  const start = Date.now();
  await steps[name].run(step);
  step.log.end();
  const seconds = ((Date.now() - start) / 1000).toFixed(1);
  const note = step.note ? `  (${step.note})` : '';
  const result = step.failed ? 'FAIL' : step.passed ? 'ok  ' : '-   ';
  console.log(`${result} ${steps[name].what.padEnd(34)}${String(step.passed).padStart(6)} passed`
    + `${String(step.failed).padStart(5)} failed ${seconds.padStart(7)} s${note}`);
  for (const p of step.problems) console.log(p);
  if (step.failed) console.log(`  all of it: ${join(LOGS, `${name}.log`)}`);
  passed += step.passed;
  bad += step.failed;
}
if (passed === 0 && bad === 0) bad = 1; // nothing ran: that proves nothing
console.log(`${passed} passed, ${bad} failed`);
process.exitCode = bad ? 1 : 0;
