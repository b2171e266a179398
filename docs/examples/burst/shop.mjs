// shop.mjs ORDERS - a burst of orders: each is taken at once. / 注文はその場で受け付け、銀行へは後で送る。
import { rest } from '../rest.mjs';

const count = Number(process.argv[2] ?? 300), began = performance.now();
await Promise.all(Array.from({ length: count }, (_, i) => rest('POST', '/v1/queues/payments/jobs',
  { payload: { order: i } }, { 'Idempotency-Key': `order-${i}` })));
console.log(`${count} orders taken in ${Math.round(performance.now() - began)} ms`);
