// lib.mjs - what the tests of docs/examples share: programs of an example, started and ended with the test.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const EXAMPLES = fileURLToPath(new URL('../../docs/examples/', import.meta.url));
export const example = (file) => path.join(EXAMPLES, file);

/** A folder that is gone when the test has ended. */
export function folder(t) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ringi-example-'));
  t.after(() => fs.rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Starts a program of an example in Node: { process, text(), exit } where exit gives { code, signal }. */
export function begin(t, file, args, env) {
  const p = spawn(process.execPath, [example(file), ...args],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  let text = '';
  p.stdout.setEncoding('utf8').on('data', (d) => { text += d; });
  p.stderr.setEncoding('utf8').on('data', (d) => { text += d; });
  const exit = new Promise((done) => p.on('close', (code, signal) => done({ code, signal })));
  t.after(async () => { p.kill('SIGKILL'); await exit; });
  return { process: p, text: () => text, exit };
}
