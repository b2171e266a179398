// wrap.test.mjs - does wrap break wide lines only where that changes nothing?
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';

const WRAP = resolve(dirname(fileURLToPath(import.meta.url)), '../../tools/wrap.mjs');

function wrap(code) {
  const folder = mkdtempSync(join(tmpdir(), 'ringi-wrap-'));
  const file = join(folder, 'a.mjs');
  try {
    writeFileSync(file, code);
    const r = spawnSync(process.execPath, [WRAP, file], { encoding: 'utf8' });
    assert.equal(r.status, 0, r.stderr);
    return readFileSync(file, 'utf8');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const long = (n, text = 'word') => Array.from({ length: n }, (_, i) => `'${text}${i}'`).join(', ');

test('a list is broken behind a comma', () => {
  const out = wrap(`const a = [${long(20)}];\n`);
  assert.ok(out.split('\n').every((l) => l.length <= 120));
  assert.deepEqual(eval(`${out.replace('const a =', '')}`), Array.from({ length: 20 }, (_, i) => `word${i}`));
});

test('strings, templates and patterns stay whole', () => {
  const text = 'x, '.repeat(50);
  for (const code of [`const a = '${text}';\n`, `const a = \`${text}\${f(1, 2)}\`;\n`, `const a = /${text}/;\n`])
    assert.equal(wrap(code), code);
});

test('a quote in a pattern and a division begin no string', () => {
  const out = wrap(`const a = [b / 2, /'/.test(c), ${long(20)}];\n`);
  assert.ok(out.split('\n').every((l) => l.length <= 120), out);
});

test('narrow lines stay as they are, wide comments are broken at spaces', () => {
  assert.equal(wrap('const a = 1; // x\n'), 'const a = 1; // x\n');
  const out = wrap(`  // ${'words '.repeat(40).trim()}\n`);
  assert.ok(out.trimEnd().split('\n').every((l) => l.startsWith('  // ') && l.length <= 102), out);
});

test('a second time changes nothing', () => {
  const once = wrap(`f(${long(40)}, (x) => { return x + 1; });\n`);
  assert.equal(wrap(once), once);
});
