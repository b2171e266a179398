// lib.test.ts - what of the console needs no browser.
import { expect, test } from 'vitest';
import { EventReader } from './events';
import { match } from './pattern';

test('a path gives its names, decoded, or does not match', () => {
  expect(match('/queues/{name}', '/queues/a%2Fb')).toEqual({ name: 'a/b' });
  expect(match('/queues/{name}', '/queues')).toBeNull();
  expect(match('/queues/{name}', '/queues/')).toBeNull();
  expect(match('/queues/{name}', '/queues/a/b')).toBeNull();
  expect(match('/queues/{name}', '/queues/%zz')).toBeNull();
  expect(match('/', '/')).toEqual({});
});

test('events come whole out of any pieces', () => {
  const text =
    'retry: 2500\n\nid: 7\nevent: job\ndata: {"a":\ndata: 1}\n\n: still here\n\nevent: bye\n\ndata: cut';
  for (let size = 1; size < text.length; size++) {
    const r = new EventReader();
    const events = [];
    for (let at = 0; at < text.length; at += size) events.push(...r.take(text.slice(at, at + size)));
    expect(events).toEqual([
      { type: 'job', id: '7', data: '{"a":\n1}' },
      { type: 'bye', id: '7', data: '' },
    ]);
    expect(r.retryMs).toBe(2500);
  }
});
