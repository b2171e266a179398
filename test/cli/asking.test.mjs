// asking.test.mjs - how the command line is asked: help, wrong words, settings from four places.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { freePort, story } from '../compat/lib.mjs';
import { folder, ringi } from './lib.mjs';

async function wrong(args, pattern, options) {
  const r = await ringi(args, options);
  assert.equal(r.code, 2, `${args.join(' ')}: ${r.code} ${r.stdout}${r.stderr}`);
  assert.equal(r.stdout, '');
  assert.match(r.stderr, pattern);
  assert.equal(r.stderr.trim().split('\n').length, 1, 'one sentence');
}

story('help begins with examples and names every command', async () => {
  for (const args of [[], ['help'], ['--help'], ['-h']]) {
    const r = await ringi(args);
    assert.equal(r.code, 0, r.stderr);
    assert.match(r.stdout, /^Examples:\n {2}ringi demo/);
    for (const word of ['serve', 'demo', 'send', 'receive', 'queue list', 'topic publish', 'dlq redrive', 'key create',
      'backup', 'restore', 'check', 'bench', 'top']) assert.match(r.stdout, new RegExp(`\\n {2}${word}\\b`));
  }
});

story('every command tells about itself, examples first', async () => {
  const all = (await ringi(['help'])).stdout.split('Commands:\n')[1].split('\n\n')[0].split('\n');
  for (const line of all) {
    const name = line.slice(2, 39).trim().split(/ (?=[A-Z[])/)[0];
    if (['serve --data', 'serve', 'version'].includes(name)) continue;
    const r = await ringi([...name.split(' '), '--help']);
    assert.equal(r.code, 0, `${name}: ${r.stderr}`);
    assert.match(r.stdout, /^Examples:\n {2}ringi /, name);
    assert.equal((await ringi(['help', ...name.split(' ')])).stdout, r.stdout, name);
  }
});

story('the version is told', async () => {
  assert.match((await ringi(['version'])).stdout, /^ringi \d+\.\d+\.\d+\n$/);
  assert.match((await ringi(['--version'])).stdout, /^ringi \d/);
});

story('a wrong command or option is answered with the one that was probably meant', async () => {
  await wrong(['sned', 'q', 'x'], /no command `ringi sned`; did you mean `ringi send`\?/);
  await wrong(['queue', 'lst'], /did you mean `ringi queue list`\?/);
  await wrong(['xyzzy'], /no command `ringi xyzzy`; `ringi --help` lists them/);
  await wrong(['receive', 'q', '--vizibility', '3'], /no option --vizibility; did you mean --visibility\?/);
  await wrong(['receive', 'q', '-z'], /no option -z/);
});

story('what is missing, too much or out of range is named', async () => {
  await wrong(['send', 'q'], /missing: `ringi send QUEUE BODY\|-`/);
  await wrong(['send', 'q', 'x', 'y'], /'y' is too much/);
  await wrong(['receive', 'q', '--wait'], /--wait needs a value/);
  await wrong(['receive', 'q', '--wait', '21'], /--wait must be a whole number from 0 to 20, not '21'/);
  await wrong(['receive', 'q', '--wait=abc'], /--wait must be .* not 'abc'/);
  await wrong(['send', 'q', 'x', '--attribute', 'novalue'], /--attribute must be NAME=TEXT, not 'novalue'/);
  await wrong(['queue', 'set', 'q', 'novalue'], /must be NAME=VALUE, not 'novalue'/);
  await wrong(['receive', 'q', '--server', 'localhost:1'], /--server must begin with http:\/\/ or https:\/\//);
  await wrong(['bench', '--workload', 'dance'],
    /--workload must be one of send\|cycle\|jobs\|latency\|votes, not 'dance'/);
  await wrong(['check'], /--data DIR/);
  await wrong(['dlq', 'delete', 'q'], /Which messages\?/);
});

story('a server that is not there is exit code 3', async () => {
  const r = await ringi(['receive', 'q', '--server', `http://127.0.0.1:${await freePort()}`]);
  assert.equal(r.code, 3, r.stderr);
  assert.match(r.stderr, /cannot be reached/);
});

story('a name that is almost one of ours stops, other people\'s names do not', async () => {
  await wrong(['receive', 'q'], /RINGI_SERVR is not known; .*--server/, { env: { RINGI_SERVR: 'http://x' } });
  const r = await ringi(['version'], { env: { RINGI_OF_SATURN: 'yes' } });
  assert.equal(r.code, 0, r.stderr);
});

story('flags beat the environment, the environment beats the file, the file beats the default', async () => {
  const dir = folder(), config = path.join(dir, 'ringi.conf');
  const asked = async (args, env = {}) =>
    (await ringi(['serve', '--data', path.join(dir, 'd'), ...args], { env })).stderr;
  // An account that cannot be is refused by name before anything starts: so it shows which one was taken.
  fs.writeFileSync(config, '# settings\n\naccount = file\r\n');
  assert.match(await asked(['--config', config]), /account file\b/);
  assert.match(await asked([], { RINGI_CONFIG: config }), /account file\b/);
  assert.match(await asked(['--config', config], { RINGI_ACCOUNT: 'environment' }), /account environment\b/);
  assert.match(await asked(['--config', config, '--account', 'flag'], { RINGI_ACCOUNT: 'environment' }),
    /account flag\b/);
});

story('a configuration file with an unknown key, no value or no reader is refused with its line', async () => {
  const dir = folder(), config = path.join(dir, 'ringi.conf');
  const serve = (text) => {
    fs.writeFileSync(config, text);
    return wrong(['serve', '--data', dir, '--config', config], serve.pattern);
  };
  serve.pattern = /ringi\.conf:2 listn; did you mean .*listen\?/;
  await serve('auth = off\nlistn = 127.0.0.1:1\n');
  serve.pattern = /ringi\.conf:1: expected `key = value`, found 'auth off'/;
  await serve('auth off\n');
  serve.pattern = /auth \(.*ringi\.conf:1\) must be one of on\|off, not 'perhaps'/;
  await serve('auth = perhaps\n');
  await wrong(['serve', '--config', path.join(dir, 'none')], /cannot be read/);
});

story('a secret may be named by a file', async () => {
  const dir = folder(), port = await freePort();
  const at = ['--server', `http://127.0.0.1:${port}`];
  fs.writeFileSync(path.join(dir, 'token'), 'abc\n');
  for (const [args, env] of [[['--token-file', path.join(dir, 'token')], {}],
    [[], { RINGI_TOKEN_FILE: path.join(dir, 'token') }]])
    assert.equal((await ringi(['receive', 'q', ...at, ...args], { env })).code, 3, 'read, then nobody answers');
  await wrong(['receive', 'q', ...at, '--token-file', path.join(dir, 'none')], /cannot be read/);
  await wrong(['receive', 'q', ...at, '--server-file', 'x'], /no option --server-file/);
  await wrong(['receive', 'q', ...at, '--access-key-id', 'x'], /An access key has two parts/);
  await wrong(['receive', 'q', ...at, '--key-file', path.join(dir, 'token')], /two lines/);
});
