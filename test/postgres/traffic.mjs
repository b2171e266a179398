// traffic.mjs - messages that are sent while something dies, and what comes out in the end.
export const SENDERS = 8;

/** Sends from many sides until `stop`; `acked` is what was acknowledged, `tried` all that was sent. */
export function sending(server, url) {
  const acked = new Set(), tried = new Set();
  let going = true;
  const one = async () => {
    while (going) {
      const body = `m${tried.size}`;
      tried.add(body);
      const sent = await server.sqs.json.ok('SendMessage', { QueueUrl: url, MessageBody: body }).catch(() => null);
      if (sent) acked.add(body);
    }
  };
  const all = Array.from({ length: SENDERS }, one);
  return { acked, tried, stop: async () => { going = false; await Promise.all(all); } };
}

/** How often each body comes out. */
export async function drain(server, url) {
  const got = new Map();
  for (;;) {
    const { Messages = [] } = await server.sqs.json.ok('ReceiveMessage',
      { QueueUrl: url, MaxNumberOfMessages: 10, VisibilityTimeout: 600 });
    if (Messages.length === 0) return got;
    for (const m of Messages) got.set(m.Body, (got.get(m.Body) ?? 0) + 1);
  }
}
