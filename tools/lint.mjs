// lint.mjs - tidiness that a machine can check, and the shape of the code in figures.
//
//   node tools/lint.mjs [--keep]
//
// Fails on: an include against the order of the layers, a call that has a better replacement
// here, a file without a head comment, a wide line (100 columns in C and shell, 120 in SQL
// and scripts; a tab counts 4), spaces at the end of a line, leftover marks, an operation
// without a test or a page, a header or tool nobody uses, a link to nowhere, a metric on the
// board that the server does not have, a limit that the manual does not have.
// Prints the figures of the shape next to those kept in tools/shape.txt and warns where they
// became worse; --keep stores the new ones, with a sentence in the commit when they rose.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { basename, dirname, join } from 'node:path';

const SHAPE = 'tools/shape.txt';
const problems = [];
const problem = (path, line, text) => problems.push(`${path}${line ? `:${line}` : ''}: ${text}`);

// Files that git knows or would take; so nothing that .gitignore names.
const LS_FILES = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
const files = execFileSync('git', LS_FILES, { encoding: 'utf8' })
  .split('\0').filter((f) => f && existsSync(f));
const cache = new Map();
const text = (f) => cache.get(f) ?? cache.set(f, readFileSync(f, 'utf8')).get(f);
const ext = (f) => /\.([a-z]+)$/.exec(f)?.[1] ?? '';
const isC = (f) => ['c', 'h', 'cc'].includes(ext(f));
const isScript = (f) => ['mjs', 'js', 'ts', 'tsx', 'py'].includes(ext(f));
const isShell = (f) => ext(f) === 'sh' || f === '.ci/run';
const source = files.filter((f) => /^(src|lib)\//.test(f) && isC(f));
/** The folder under src/; lib, the client library; main, what lies in src/ itself; null elsewhere. */
const layerOf = (f) => {
  const [top, folder, ...rest] = f.split('/');
  if (top === 'lib') return 'lib';
  if (top !== 'src') return null;
  return rest.length ? folder : 'main';
};
const test = files.filter((f) => f.startsWith('test/') && (isC(f) || isScript(f)));

/** C without comments, strings and character constants; lines stay where they are. */
function bare(code) {
  return code.replace(/\/\*[^]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g,
    (s) => (s[0] === '"' ? '""' : s[0] === "'" ? '0' : s.replace(/[^\n]/g, ' ')));
}
const bared = new Map(source.concat(test.filter(isC)).map((f) => [f, bare(text(f))]));

// ---- who may include whom

const LAYERS = {
  base: [],
  os: ['base'],
  wire: ['base'],
  feel: ['base'],
  bpmn: ['base', 'wire', 'feel'],
  store: ['base', 'os'],
  domain: ['base', 'wire', 'feel', 'bpmn', 'store/store.h'], // wire: policies are JSON; it is pure
  engine: ['base', 'os', 'store', 'domain'],
  http: ['base', 'os', 'wire'],
  api: ['base', 'wire', 'http', 'domain', 'engine/submit.h', 'engine/feed.h'],
  egress: ['base', 'os', 'wire', 'http', 'engine/submit.h', 'domain/outbox/outbox.h', 'domain/outbox/address.h',
    'domain/queue/push.h', 'domain/notify/notify.h', 'domain/notify/send.h', 'domain/job/spans.h', 'engine/feed.h'],
  relay: ['base', 'os', 'wire'], // other people's databases; never our own store
  cluster: ['base', 'os', 'wire', 'http', 'store/nodes.h'], // several servers on one schema
  // os: files of settings and bodies, the clock of bench and top; check: a stopped server's data
  cli: ['base', 'os', 'wire', 'http', 'store/check.h', 'store/move.h', 'relay/outbox.h'],
};
// Inside domain/: a folder may include those of its own step and of the steps above it.
const DOMAIN_STEPS = [
  ['audit', 'timer', 'outbox', 'key', 'idempotency', 'ledger'], ['queue', 'topic'], ['job'], ['sql'], ['calendar'],
    ['schedule'],
  ['notify'], ['directory'], ['policy'], ['approval', 'account'], ['flow'],
];
const domainStep = (f) => {
  const folder = f.split('/')[f.startsWith('src/') ? 2 : 1];
  return DOMAIN_STEPS.findIndex((step) => step.includes(folder));
};
// Libraries that only one layer knows, so that they can be exchanged there.
const LIBRARIES = [
  [/^sqlite3\.h$/, ['store', 'relay']], [/^libpq-fe\.h$/, ['relay', 'store']],
  [/^curl\//, ['egress', 'cli', 'main', 'lib']], [/^cjson\//, ['lib']], [/^(http_parser|llhttp)\.h$/, ['http']],
  [/^(simdjson|pcre2)\.h$/, ['wire']], [/^uv\.h$/, ['http', 'egress', 'cluster', 'os', 'main']],
];

function includes() {
  const used = new Set();
  for (const f of files.filter(isC)) {
    const layer = layerOf(f);
    const own = f.replace(/\.(c|cc)$/, '.h');
    text(f).split('\n').forEach((line, i) => {
      const [, open, what] = /^\s*#\s*include\s*([<"])([^>"]+)[>"]/.exec(line) ?? [];
      if (!what) return;
      if (open === '"' && `src/${what}` !== own)
        for (const from of ['src', 'test', dirname(f)]) used.add(`${from}/${what}`);
      if (!layer) return;
      if (open === '<') {
        const rule = LIBRARIES.find(([name]) => name.test(what));
        if (rule && !rule[1].includes(layer))
          problem(f, i + 1, `<${what}> is known only in ${rule[1].join(', ')}/`);
        return;
      }
      if (layer === 'lib') { // for programs without the server's sources
        if (!files.includes(`lib/${what}`)) problem(f, i + 1, `lib/ may not include ${what}, which is not in lib/`);
        return;
      }
      const to = what.split('/')[0];
      if (!what.includes('/')) {
        if (layer !== 'main' && !/^(statements|migrations|console)\.h$/.test(what))
          problem(f, i + 1, `include "${what}" by its path from src/`);
        return;
      }
      if (layer === 'main' || to === layer) {
        if (layer === 'domain' && domainStep(f) >= 0 && domainStep(what) > domainStep(f))
          problem(f, i + 1, `${f.split('/')[2]}/ may not know ${what.split('/')[1]}/, which builds on it`);
        return;
      }
      const may = LAYERS[layer] ?? [];
      if (!may.includes(to) && !may.includes(what))
        problem(f, i + 1, `${layer}/ may not include ${what} (it may: ${may.join(', ') || 'nothing'})`);
    });
  }
  for (const f of files.filter((x) => /^(src|test)\/.*\.h$/.test(x)))
    if (!used.has(f)) problem(f, 0, 'nobody but its own .c file includes this header');
}

// ---- calls with a better replacement

const CALLS = [
  // names, where they are allowed, what to use
  ['strcpy strncpy strcat strncat stpcpy', [], 'memcpy with a checked length, or base/buf.h'],
  ['sprintf vsprintf', [], 'snprintf, arena_printf or buf_printf'],
  ['gets', [], 'fgets'],
  ['atoi atol atoll strtol strtoul strtoll strtoull', [], 'str_i64 or str_u64, which refuse what is not a number'],
  ['strtok strtok_r', [], 'str_cut'],
  ['alloca', [], 'an arena'],
  ['malloc calloc realloc free strdup strndup asprintf vasprintf aligned_alloc', ['base', 'os', 'lib'],
    'an arena, or mem_get and mem_free'],
  ['rand srand random srandom drand48', [], 'struct rng, or os_random'],
  ['getrandom arc4random arc4random_buf randombytes_buf RAND_bytes', ['os', 'lib'], 'os_random'],
  ['time clock clock_gettime gettimeofday localtime localtime_r gmtime ctime uv_hrtime uv_clock_gettime', ['os', 'lib'],
    'os_now or os_mono_ns, or the time of the batch'],
  ['sleep usleep nanosleep', ['os', 'lib'], 'a timer'],
  ['system popen tmpnam mktemp', [], 'posix_spawn, mkstemp'],
  ['assert', [], 'must, which stays on in release builds'],
];

function calls() {
  for (const f of source) {
    const layer = layerOf(f);
    bared.get(f).split('\n').forEach((line, i) => {
      for (const [names, where, instead] of CALLS) {
        if (where.includes(layer)) continue;
        for (const m of line.matchAll(new RegExp(`(?<![\\w.>*])(${names.replaceAll(' ', '|')})\\s*\\(`, 'g')))
          problem(f, i + 1, `${m[1]}: use ${instead}`);
      }
    });
  }
}

// ---- each file by itself

const HEADS = [
  [isC, (f, line) => line.startsWith(`/* ${basename(f)} - `)],
  [isScript, (f, line) => /^(\/\/|\/\*|#|""")/.test(line)],
  [(f) => isShell(f) || basename(f) === 'Makefile', (f, line) => line.startsWith('# ')],
  [(f) => ext(f) === 'sql', (f, line) => line.startsWith('-- ')],
];

function tidy() {
  const marks = new RegExp(`\\b(${['FIX' + 'ME', 'TO' + 'DO', 'X' + 'XX'].join('|')})\\b`);
  for (const f of files) {
    const code = isC(f) || isScript(f) || isShell(f) || ext(f) === 'sql' || basename(f) === 'Makefile';
    if (/(^|\/)corpus\//.test(f) || (!code && !['md', 'yml', 'service', 'conf'].includes(ext(f)))) continue;
    const all = text(f);
    const lines = all.split('\n');
    const widest = isScript(f) || ext(f) === 'sql' ? 120 : 100;
    lines.forEach((line, i) => {
      const wide = [...line.replaceAll('\t', '    ')].length;
      const oneText = isScript(f) && /(["'`/]).{60,}\1/.test(line); // cannot be broken
      if (code && wide > widest && !oneText) problem(f, i + 1, `${wide} columns, of ${widest}`);
      if (/[ \t]+$/.test(line)) problem(f, i + 1, 'spaces at the end of the line');
      if (marks.test(line) && f !== 'LICENSE') problem(f, i + 1, `${marks.exec(line)[1]} was left over`);
    });
    if (!all.endsWith('\n') && all) problem(f, lines.length, 'the last line does not end');
    const first = lines[0].startsWith('#!') ? lines[1] ?? '' : lines[0];
    const head = HEADS.find(([is]) => is(f));
    if (head && !head[1](f, first)) problem(f, 1, 'begin with a comment: its name and what it is about');
  }
}

// ---- operations: one file, a test, a page

function operations() {
  const tests = test.map(text).join('\n');
  for (const f of source.filter((x) => /^src\/api\/(sqs|sns)\/.*\.c$/.test(x))) {
    const folder = `docs/api/${f.split('/')[2]}`;
    for (const [, name] of text(f).matchAll(/\bstruct api_op \w+\s*=\s*\{[^}]*?"([A-Z]\w+)"/g)) {
      const snake = name.replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase();
      if (![snake, name, basename(f, '.c')].some((page) => existsSync(`${folder}/${page}.md`)))
        problem(f, 0, `${name} has no page ${folder}/${snake}.md`);
      if (!tests.includes(name)) problem(f, 0, `no test names ${name}`);
    }
  }
}

/** Links between documents lead somewhere, and the two READMEs have the same parts. */
function documents() {
  const known = (path) => files.includes(path) || files.some((f) => f.startsWith(`${path.replace(/\/$/, '')}/`));
  for (const f of files.filter((x) => ext(x) === 'md'))
    text(f).split('\n').forEach((line, i) => {
      for (const [, to] of line.matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g))
        if (!/^[a-z]+:/.test(to) && !known(join(dirname(f), to))) problem(f, i + 1, `the link to ${to} leads nowhere`);
    });
  const parts = (f) => ['## ', '|', '* ', '```'].map((start) =>
    text(f).split('\n').filter((l) => l.startsWith(start)).length).join(' ');
  if (parts('README.md') !== parts('README.ja.md')) problem('README.ja.md', 0, 'has other parts than README.md');
}

/** Tools are called by the Makefile, by another tool or by CI; a metric on a board exists in the server. */
function references() {
  const callers = files.filter((f) => basename(f) === 'Makefile' || f.startsWith('.ci/') || f.startsWith('packaging/')
    || (f.startsWith('tools/') && isScript(f)));
  for (const f of files.filter((x) => /^(tools|packaging)\/[^/]*\.(mjs|sh|py)$/.test(x)))
    if (!callers.some((c) => c !== f && text(c).includes(basename(f)))) problem(f, 0, 'nothing calls this');
  const server = source.filter((f) => f.startsWith('src/')).map(text).join('\n');
  if (!server.includes('ringi_queue_')) return;
  for (const f of ['packaging/grafana/ringi.json', 'packaging/prometheus/alerts.yml'].filter((x) => existsSync(x)))
    for (const name of new Set(text(f).match(/\bringi_[a-z_]+/g)))
      if (!server.includes(name.replace(/_(bucket|sum|count)$/, '')))
        problem(f, 0, `the server has no metric ${name}`);
}

/** Every bound of base/limits.h, by name: comments and casts taken away, the rest is arithmetic. */
function limitValues(code) {
  const values = {};
  const plain = code.replace(/\/\*[^]*?\*\//g, '').replace(/\((int64_t|size_t)\)/g, '');
  for (const m of plain.matchAll(/#define ([A-Z0-9_]+) (.+)|\b([A-Z][A-Z0-9_]+) = ([^,}\n]+)/g)) {
    const formula = (m[2] ?? m[4]).replace(/[A-Z][A-Z0-9_]*/g, (name) => values[name]);
    if (/^[\d\s()*+-]+$/.test(formula)) values[m[1] ?? m[3]] = new Function(`return ${formula}`)();
  }
  return values;
}

/** The manual names every limit with its value, and no other. */
function limits() {
  const page = 'docs/manual/limits.md';
  if (!existsSync(page) || !existsSync('src/base/limits.h')) return;
  const units = ['KIB', 'MIB', 'SECOND_MS', 'MINUTE_MS', 'HOUR_MS', 'DAY_MS'];
  const values = limitValues(text('src/base/limits.h'));
  const rows = Object.fromEntries([...text(page).matchAll(/^\| `([A-Z0-9_]+)` \| ([\d,]+) \|/gm)]
    .map(([, name, value]) => [name, Number(value.replaceAll(',', ''))]));
  for (const [name, value] of Object.entries(values))
    if (!units.includes(name) && rows[name] !== value)
      problem(page, 0, `${name} is ${value} in src/base/limits.h, not ${rows[name] ?? 'on the page'}`);
  for (const name of Object.keys(rows)) if (!(name in values)) problem(page, 0, `there is no limit ${name}`);
}

// ---- shape

/** Lengths of functions: from a `{` in the first column to the next `}` there. */
function functions(f) {
  const found = [];
  let from = -1, name = '';
  bared.get(f).split('\n').forEach((line, i, all) => {
    if (line.startsWith('{') && !/^\{.*\}/.test(line)) {
      from = i;
      const head = all.slice(Math.max(0, i - 6), i).join(' ');
      name = [...head.matchAll(/(\w+)\s*\(/g)].filter((m) => !/^(__attribute__|PRINTF_LIKE)$/.test(m[1]))
        .at(-1)?.[1] ?? '?';
    } else if (line.startsWith('}') && from >= 0) {
      found.push({ f, name, lines: i - from - 1 });
      from = -1;
    }
  });
  return found;
}

function shape() {
  const sorted = (list) => [...list].sort((a, b) => a - b);
  const at = (list, part) => list[Math.min(list.length - 1, Math.floor(list.length * part))] ?? 0;
  const count = (list) => list.reduce((n, f) => n + text(f).split('\n').length - 1, 0);
  const fns = source.flatMap(functions);
  const lengths = sorted(fns.map((x) => x.lines));
  const sizes = sorted(source.map((f) => text(f).split('\n').length - 1));
  const total = lengths.reduce((a, b) => a + b, 0);
  const core = source.filter((f) => /^src\/(domain|engine|store)\//.test(f) && ext(f) !== 'h');
  const musts = core.reduce((n, f) => n + [...bared.get(f).matchAll(/\bmust\(/g)].length, 0);
  const longest = fns.reduce((a, b) => (b.lines > a.lines ? b : a), { lines: 0, name: '-', f: '-' });
  const widest = source.filter((f) => ext(f) === 'h').reduce((a, f) => Math.max(a, count([f])), 0);
  const round = (n) => Math.round(n * 100) / 100;
  return { // name: [figure, what is aimed for, +1 when more is better]
    'function lines, median': [at(lengths, 0.5), '<= 14', -1],
    'function lines, p95': [at(lengths, 0.95), '<= 60', -1],
    [`function lines, longest`]: [longest.lines, `${longest.name} in ${longest.f}`, -1],
    'code in functions over 70 lines, %': [round(100 * fns.filter((x) => x.lines > 70)
      .reduce((n, x) => n + x.lines, 0) / (total || 1)), '', -1],
    'file lines, median': [at(sizes, 0.5), '<= 200', -1],
    'file lines, p95': [at(sizes, 0.95), '<= 800', -1],
    'file lines, longest': [sizes.at(-1) ?? 0, '', -1],
    'header lines, longest': [widest, '<= 300', -1],
    'musts per 1,000 lines of domain, engine, store': [round(1000 * musts / (count(core) || 1)), '>= 25', 1],
    'test lines per code line': [round(count(test) / (count(source) || 1)), '>= 1.5', 1],
  };
}

function report() {
  const figures = shape();
  const old = existsSync(SHAPE) ? Object.fromEntries(text(SHAPE).split('\n').filter((l) => /^[^#].*: /.test(l))
    .map((l) => [l.slice(0, l.lastIndexOf(': ')), Number(l.slice(l.lastIndexOf(': ') + 2))])) : {};
  for (const [name, [figure, aim, better]] of Object.entries(figures)) {
    const was = old[name];
    const worse = was !== undefined && (figure - was) * better < -0.05 * Math.abs(was);
    console.log(`  ${name.padEnd(48)}${String(figure).padStart(8)}  ${aim.padEnd(8)}`
      + (worse ? `  worse than the ${was} of ${SHAPE}` : ''));
  }
  if (process.argv.includes('--keep'))
    writeFileSync(SHAPE, '# The shape of the code when `make shape` was last run; `make lint` compares.\n'
      + Object.entries(figures).map(([name, [figure]]) => `${name}: ${figure}\n`).join(''));
}

includes();
calls();
tidy();
operations();
documents();
references();
limits();
for (const p of problems) console.log(p);
console.log(`lint: ${files.length} files, ${problems.length} problem${problems.length === 1 ? '' : 's'}`);
report();
process.exitCode = problems.length ? 1 : 0;
