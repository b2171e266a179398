// lib.mjs - what the suites of the command line share: the program, and how to run it.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { RINGI, run } from '../compat/lib.mjs';

/** Runs `ringi ARGS`, in English, without settings from outside. Gives { code, stdout, stderr }. */
export function ringi(args, options = {}) {
  const env = { LC_ALL: 'C', RINGI_SERVER: '', RINGI_TOKEN: '', ...options.env };
  return run(RINGI, args, { ...options, env });
}

/** A way to run commands against one server: insists on success and gives standard output. */
export function cli(server) {
  const at = (args, options = {}) => ringi(args, { ...options, env: { RINGI_SERVER: server.url, ...options.env } });
  const ok = async (...args) => {
    const r = await at(args);
    assert.equal(r.code, 0, `ringi ${args.join(' ')}: ${r.stderr}${r.stdout}`);
    return r.stdout;
  };
  const json = async (...args) => JSON.parse(await ok(...args, '--json'));
  /** Insists on this exit code; gives the sentence. */
  const refused = async (code, ...args) => {
    const r = await at(args);
    assert.equal(r.code, code, `ringi ${args.join(' ')}: ${r.code} ${r.stderr}${r.stdout}`);
    assert.match(r.stderr, /^ringi: .*\.\s?(\(.*\))?\n$/s);
    return r.stderr;
  };
  return { at, ok, json, refused };
}

const folders = [];
process.on('exit', () => { for (const dir of folders) fs.rmSync(dir, { recursive: true, force: true }); });

/** A folder that is gone when the tests of the file have ended, and with them the servers that write into it. */
export function folder() {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ringi-cli-'));
  folders.push(dir);
  return dir;
}
