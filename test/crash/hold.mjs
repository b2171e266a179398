// hold.mjs - many connections in a process of their own, so as not to disturb the measuring one.
//
//   node hold.mjs idle|wait|slowhead|slowbody PORT COUNT [QUEUE_URL]
//
// Says "ready N" when all are up; "closed N SLOWEST_MS" when the server has closed all.
// idle: one request, then silence. wait: long polls, one behind the other; each message
// received is told as "received". slowhead, slowbody: a byte now and then. Ends on SIGTERM.
import net from 'node:net';

const [kind, portText, countText, url] = process.argv.slice(2);
const port = Number(portText), count = Number(countText);
const AT_ONCE = 250, BYTE_EVERY_MS = 500;

const HEAD = 'POST / HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/x-amz-json-1.0\r\n';
const poll = JSON.stringify({ QueueUrl: url, MaxNumberOfMessages: 1, WaitTimeSeconds: 20 });
const POLL = `${HEAD}x-amz-target: AmazonSQS.ReceiveMessage\r\n` +
	`content-length: ${poll.length}\r\n\r\n${poll}`;
const START = {
	idle: 'GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n',
	wait: POLL,
	slowhead: 'POST / HTTP/1.1\r\nhost: 127.0.0.1\r\nx-slow: ',
	slowbody: `${HEAD}x-amz-target: AmazonSQS.ListQueues\r\ncontent-length: 100000\r\n\r\n{`,
}[kind];

let up = 0, opened = 0, closed = 0, slowest = 0;
const sockets = new Set();

function open() {
	opened++;
	const began = performance.now();
	const s = net.connect({ port, host: '127.0.0.1' });
	s.once('connect', () => {
		sockets.add(s);
		s.write(START);
		if (kind !== 'idle')
			isUp();
	});
	if (kind === 'idle')
		s.once('data', isUp);
	else
		s.on('data', (d) => kind === 'wait' && answered(s, d));
	s.on('error', () => {});
	s.on('close', () => {
		sockets.delete(s);
		slowest = Math.max(slowest, performance.now() - began);
		if (++closed === count)
			console.log(`closed ${closed} ${slowest.toFixed(0)}`);
	});
}

function isUp() {
	up++;
	if (up === count)
		console.log(`ready ${up}`);
	else if (opened < count)
		open();
}

function answered(s, data) {
	if (data.includes('ReceiptHandle'))
		console.log('received');
	s.write(POLL);
}

if (kind.startsWith('slow')) {
	setInterval(() => {
		for (const s of sockets)
			s.write('x');
	}, BYTE_EVERY_MS);
}
process.on('SIGTERM', () => process.exit(0));
for (let i = 0; i < Math.min(AT_ONCE, count); i++)
	open();
setInterval(() => {}, 1000);
