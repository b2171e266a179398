// lint.test.mjs - does lint find what it promises to find? Each story is a small tree of its own.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';

const LINT = resolve(dirname(fileURLToPath(import.meta.url)), '../../tools/lint.mjs');
const READMES = { 'README.md': '# x\n', 'README.ja.md': '# x\n' };

/** Lints a tree of these files; gives { status, problems }. */
function lint(files) {
  const root = mkdtempSync(join(tmpdir(), 'ringi-lint-'));
  try {
    for (const [path, text] of Object.entries({ ...READMES, ...files })) {
      mkdirSync(join(root, dirname(path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    spawnSync('git', ['init', '-q', root]);
    const r = spawnSync(process.execPath, [LINT], { cwd: root, encoding: 'utf8' });
    return { status: r.status, problems: r.stdout.split('\nlint: ')[0], out: r.stdout + r.stderr };
  } finally {
    rmSync(root, { recursive: true });
  }
}

function finds(name, files, ...expected) {
  test(name, () => {
    const { status, problems, out } = lint(files);
    assert.equal(status, 1, out);
    for (const e of expected) assert.match(problems, e);
  });
}

const C = (name, body) => `/* ${name} - a file of a story. */\n${body}\n`;

test('a tidy tree passes', () => {
  const { status, out } = lint({
    'src/base/a.h': C('a.h', 'int a(void);'),
    'src/base/a.c': C('a.c', '#include "base/a.h"\n\nint a(void)\n{\n\treturn 1;\n}'),
    'src/wire/b.c': C('b.c', '#include "base/a.h"\n\n/* strcpy(x) and malloc(1) in words are fine */\nint b = 1;'),
  });
  assert.equal(status, 0, out);
});

finds('a layer that knows a higher one', {
  'src/base/a.h': C('a.h', 'int a(void);'),
  'src/engine/e.h': C('e.h', 'int e(void);'),
  'src/domain/d.c': C('d.c', '#include "base/a.h"\n#include "engine/e.h"'),
}, /src\/domain\/d\.c:3: domain\/ may not include engine\/e\.h/);

finds('a part of the domain that knows what builds on it', {
  'src/domain/queue/q.h': C('q.h', 'int q(void);'),
  'src/domain/outbox/o.c': C('o.c', '#include "domain/queue/q.h"'),
}, /outbox\/ may not know queue\//);

finds('calls that are banned, with what to use', {
  'src/http/a.c': C('a.c', 'void f(void)\n{\n\tp = malloc(1);\n\tt = time(NULL);\n\tn = atoi(s);\n}'),
}, /a\.c:4: malloc: use an arena/, /a\.c:5: time: use os_now/, /a\.c:6: atoi: use str_i64/);

test('the same calls where they belong, and methods of that name', () => {
  const { status, out } = lint({
    'src/os/a.c': C('a.c', 'void f(void)\n{\n\tp = malloc(1);\n\tt = time(NULL);\n}'),
    'src/http/b.c': C('b.c', 'void f(void)\n{\n\to->free(1);\n\tx.time(1);\n\tmem_free(p);\n}'),
  });
  assert.equal(status, 0, out);
});

finds('a file without a head, a wide line, spaces at an end, a mark', {
  'src/base/a.c': 'int a;\n',
  'src/base/b.c': C('b.c', `int b; /* ${'x'.repeat(95)} */`),
  'src/base/c.c': C('c.c', 'int c; '),
  'src/base/d.c': C('d.c', `/* ${'TO' + 'DO'}: more */`),
}, /a\.c:1: begin with a comment/, /b\.c:2: 108 columns/, /c\.c:2: spaces/, /d\.c:2: .* was left over/);

finds('a header nobody includes', { 'src/base/a.h': C('a.h', 'int a;') }, /a\.h: nobody but its own/);

finds('an operation without test and page', {
  'src/api/sqs/purge.c': C('purge.c', 'const struct api_op op_purge = { .name = "PurgeQueue" };'),
}, /PurgeQueue has no page docs\/api\/sqs\/purge_queue\.md/, /no test names PurgeQueue/);

finds('a link to nowhere', { 'docs/a.md': 'see [b](b.md) and [c](https://example.com)\n' },
  /docs\/a\.md:1: the link to b\.md leads nowhere/);

finds('READMEs with different parts', { 'README.md': '# x\n\n## more\n' }, /has other parts/);

finds('a metric on the board that the server does not have', {
  'src/api/m.c': C('m.c', 'const char *m = "ringi_queue_sent_total";'),
  'packaging/prometheus/alerts.yml': 'expr: ringi_queue_sent_total > ringi_queue_lost_total\n',
}, /no metric ringi_queue_lost_total/);

const LIMITS = '#define KIB ((int64_t)1024)\nenum {\n\tROWS_MAX = 4 * 8, /* many */\n};\n#define BYTES_MAX (2 * KIB)';
finds('a limit that the manual does not have, or with another value', {
  'src/base/limits.h': C('limits.h', LIMITS), 'src/base/a.c': C('a.c', '#include "base/limits.h"'),
  'docs/manual/limits.md': '# Limits\n\n| `ROWS_MAX` | 33 | rows |\n| `GONE_MAX` | 1,000 | things |\n',
}, /ROWS_MAX is 32 .* not 33/, /BYTES_MAX is 2048 .* not on the page/, /no limit GONE_MAX/);
