// client.mjs ROWS FILE - what the page in a browser does: orders, follows the events, downloads.
// 注文し、進み具合を SSE で追い、できたらダウンロードする。
import fs from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const web = process.env.WEB_URL ?? 'http://127.0.0.1:8080';
const [rows = '200000', file = '/tmp/export.csv', partRows = '10000'] = process.argv.slice(2);

const taken = await fetch(`${web}/exports`, { method: 'POST',
  body: JSON.stringify({ rows: Number(rows), part_rows: Number(partRows) }) });
const { id } = await taken.json();
console.log(`${taken.status} ${id}`);

/** The data of each event of the stream, as it comes. */
async function* events(stream) {
  let text = '';
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const data = /^data: (.*)$/m.exec(text.slice(0, end))?.[1];
      text = text.slice(end + 2);
      if (data) yield JSON.parse(data);
    }
  }
}

let state;
for await (const e of events((await fetch(`${web}/exports/${id}/events`)).body)) {
  const now = e.jobs ? e.jobs[0] : e;
  state = now.state ?? state;
  console.log(`${state} ${Math.round((now.progress ?? 0) * 100)} %`);
  if (['SUCCEEDED', 'FAILED', 'CANCELED'].includes(state)) break;
}
if (state === 'SUCCEEDED') {
  await pipeline(Readable.fromWeb((await fetch(`${web}/exports/${id}/file`)).body), fs.createWriteStream(file));
  console.log(`${fs.statSync(file).size} bytes in ${file}`);
}
process.exit(state === 'SUCCEEDED' ? 0 : 1);
