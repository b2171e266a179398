// strangers.test.mjs - what somebody who knows the id of a group or job may not do with it.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { run, start, story } from './lib.mjs';

const server = await start({ auth: 'on' });
after(() => server.close());
const bearer = (token) => ({ authorization: `Bearer ${token}` });
const admin = bearer((await run('cat', [`${server.data}/admin.token`])).stdout.trim());
const ask = (who, method, at, body) => server.json(method, at, body, who);
const good = async (...args) => {
  const r = await ask(...args);
  assert.ok(r.status < 300, r.text);
  return r.data;
};
const key = async (name, ...rules) => bearer((await good(admin, 'POST', '/v1/keys', { name, rules })).token);
for (const queue of ['shop', 'bank']) await good(admin, 'PUT', `/v1/queues/${queue}`, { track: true });
const shop = await key('shop', 'ringi:SubmitJob:shop');
const worker = await key('shop-worker', 'ringi:ClaimJob:shop', 'ringi:ReportJob:shop', 'ringi:SubmitJob:shop');
const stranger = await key('stranger', 'ringi:SubmitJob:bank', 'ringi:ClaimJob:bank', 'ringi:ReportJob:bank');
const claim = async (who, queue) => (await good(who, 'POST', `/v1/queues/${queue}/claim`, { wait_s: 5 })).jobs[0];
const refused = (r, status, code) => assert.deepEqual([r.status, r.data.code], [status, code], r.text);

story('a stranger joins no group, so none of their jobs can stop its members', async () => {
  const group = await good(shop, 'POST', '/v1/groups', { policy: 'fail_fast', close: false,
    jobs: [{ queue: 'shop' }, { queue: 'shop' }] });
  refused(await ask(stranger, 'POST', '/v1/queues/bank/jobs', { group: group.id }), 403, 'NOT_ALLOWED');
  refused(await ask(stranger, 'POST', '/v1/groups', { parent: group.id, jobs: [{ queue: 'bank' }] }), 403,
    'NOT_ALLOWED');
  const { id } = await good(stranger, 'POST', '/v1/queues/bank/jobs', {});
  const mine = await claim(stranger, 'bank');
  refused(await ask(stranger, 'POST', `/v1/jobs/${id}/complete`, { lease: mine.lease,
    children: [{ queue: 'bank', group: group.id }] }), 403, 'NOT_ALLOWED');
  assert.equal((await good(admin, 'GET', `/v1/groups/${group.id}`)).total, 2);
  // Who made it may, whoever holds one of its jobs may, and whoever may close it.
  await good(shop, 'POST', '/v1/queues/shop/jobs', { group: group.id });
  refused(await ask(worker, 'POST', '/v1/queues/shop/jobs', { group: group.id }), 403, 'NOT_ALLOWED');
  const held = await claim(worker, 'shop');
  await good(worker, 'POST', `/v1/jobs/${held.id}/complete`, { lease: held.lease,
    children: [{ queue: 'shop', group: group.id }] });
  await good(admin, 'POST', '/v1/queues/bank/jobs', { group: group.id });
  assert.equal((await good(admin, 'GET', `/v1/groups/${group.id}`)).total, 5);
});

story('who made a group looks at it, closes and cancels it without a rule for that; a stranger hears of none',
  async () => {
  const group = await good(shop, 'POST', '/v1/groups', { close: false, jobs: [{ queue: 'shop' }] });
  assert.equal((await good(shop, 'GET', `/v1/groups/${group.id}`)).total, 1);
  const unknown = '019f0000-0000-7000-8000-000000000000';
  const says = async (who, id) => {
    const r = await ask(who, 'GET', `/v1/groups/${id}`);
    refused(r, 403, 'NOT_ALLOWED');
    return r.data.detail;
  };
  assert.equal(await says(stranger, group.id), await says(stranger, unknown));
  for (const verb of ['close', 'cancel']) {
    refused(await ask(stranger, 'POST', `/v1/groups/${group.id}/${verb}`, {}), 403, 'NOT_ALLOWED');
    await good(shop, 'POST', `/v1/groups/${group.id}/${verb}`, {});
  }
  refused(await ask(admin, 'GET', `/v1/groups/${unknown}`), 404, 'NO_SUCH_GROUP');
});

story('a stranger learns nothing of a job by naming it as a parent', async () => {
  const job = await good(shop, 'POST', '/v1/queues/shop/jobs', {});
  const unknown = '019f0000-0000-7000-8000-000000000000';
  const [a, b] = [await ask(stranger, 'POST', '/v1/queues/bank/jobs', { parent: job.id }),
    await ask(stranger, 'POST', '/v1/queues/bank/jobs', { parent: unknown })];
  for (const r of [a, b]) refused(r, 400, 'INVALID_PARAMETER');
  assert.equal(a.data.detail.replace(job.id, 'X'), b.data.detail.replace(unknown, 'X'));
  assert.ok(!a.text.includes(job.trace_id.slice(12)) || a.data.detail.includes(job.id));
  for (const who of [shop, worker])
    assert.equal((await good(who, 'POST', '/v1/queues/shop/jobs', { parent: job.id })).trace_id, job.trace_id);
});

story('who may submit but not look at jobs cannot wait for one either, and submits nothing', async () => {
  refused(await ask(shop, 'POST', '/v1/queues/shop/jobs?wait=5', { labels: { by: 'wait' } }), 403, 'NOT_ALLOWED');
  assert.deepEqual((await good(admin, 'GET', '/v1/jobs?label.by=wait')).jobs, []);
  const both = await key('shop-both', 'ringi:SubmitJob:shop', 'ringi:GetJob:shop');
  const r = await ask(both, 'POST', '/v1/queues/shop/jobs?wait=1', { labels: { by: 'wait' } });
  assert.deepEqual([r.status, r.data.state], [202, 'PENDING']);
});
