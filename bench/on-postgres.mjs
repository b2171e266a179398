// on-postgres.mjs - a PostgreSQL of its own and ringi on it, as one program in the foreground.
//
//   node bench/on-postgres.mjs PORT DIR
//
// For load scripts that start "a server" and count what its process tree uses. fsync and synchronous_commit are
// on, and the memory settings are the ones that the other queues on PostgreSQL get. Its folder is
// in TMPDIR: let that be a disk. Ends on
// SIGTERM.
import { spawn } from 'node:child_process';
import { startPostgres } from '../test/compat/postgres.mjs';
import { RINGI } from './lib.mjs';

const SETTINGS = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on', shared_buffers: '1GB',
  max_wal_size: '4GB', max_connections: 120 };

const [port, dir] = process.argv.slice(2);
const db = await startPostgres({ settings: SETTINGS });
const ringi = spawn(RINGI, ['serve', '--data', `${dir}/ringi`, '--store', db.url, '--listen', `127.0.0.1:${port}`,
  '--auth', 'off'], { stdio: 'inherit' });
let asked = false;
for (const signal of ['SIGTERM', 'SIGINT'])
  process.on(signal, () => { asked = true; ringi.kill('SIGTERM'); });
ringi.on('exit', async (code) => {
  await db.stop();
  process.exit(asked ? 0 : code ?? 1);
});
