// shop.mjs - an order and its message in one transaction, by node-postgres.
//
//   PGHOST=... PGDATABASE=... PGUSER=shop QUEUE=orders node shop.mjs
//
// The schema's owner has said once: select ringi.allow('shop', 'send', 'orders*');
import pg from 'pg';

const db = new pg.Client(); // libpq's variables say where it is
const queue = process.env.QUEUE ?? 'orders';

async function order(item, traceparent = '') { // of the request that is being answered
  await db.query('begin');
  try {
    await db.query("select set_config('ringi.traceparent', $1, true)", [traceparent]); // the message has it, too
    const { rows: [{ id }] } = await db.query('insert into shop_order (item) values ($1) returning id', [item]);
    const { rows: [{ message }] } = await db.query('select ringi.send($1, $2, attributes => $3) as message',
      [queue, JSON.stringify({ order: id, item }), { kind: 'paid' }]);
    if (item === '') throw new Error('there is nothing to order');
    await db.query('commit'); // now it is sent
    console.log(`ordered ${item}: message ${message}`);
  } catch (e) {
    await db.query('rollback'); // it never was
    console.log(`not ordered: ${e.message}`);
  }
}

await db.connect();
await db.query('create table if not exists shop_order (id bigint generated always as identity primary key, item text not null)');
await order('a lamp');
await order('');
await db.end();
