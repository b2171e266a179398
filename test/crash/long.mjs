// long.mjs - a backlog of a million messages (R17, R4).
import { Client } from './client.mjs';
import { counts, firstAck, makeQueue } from './load.mjs';
import { freePort, now, Server } from './lib.mjs';

const MIB = 1024 * 1024;
const CONNECTIONS = 8;
const BODY = 'b'.repeat(1024);

// No history here: a million records of our own would say more about node.
async function fill(t, port, queue, messages) {
	let left = messages / 10;
	const worker = async () => {
		const client = new Client(port);
		while (left-- > 0) {
			const answer = await client.sqs('SendMessageBatch', { QueueUrl: queue.url,
				Entries: Array.from({ length: 10 }, (_, i) => ({ Id: String(i), MessageBody: BODY })) });
			if (answer.Successful?.length !== 10)
				throw new Error(`a send was refused: ${JSON.stringify(answer.Failed)}`);
			if (left % 1000 === 0)
				t.progress(`${messages - left * 10} of ${messages}`);
		}
		client.close();
	};
	await Promise.all(Array.from({ length: CONNECTIONS }, worker));
}

async function cycles(port, queue, count) {
	const client = new Client(port);
	for (let i = 0; i < count; i++) {
		const { Messages } = await client.sqs('ReceiveMessage',
			{ QueueUrl: queue.url, MaxNumberOfMessages: 10 });
		await client.sqs('DeleteMessageBatch', { QueueUrl: queue.url,
			Entries: Messages.map((m, j) => ({ Id: String(j), ReceiptHandle: m.ReceiptHandle })) });
	}
	client.close();
}

export async function memory(t) {
	const messages = t.rounds(1000000, 100000);
	const port = await freePort(), dir = `${t.dir}/data`;
	let server = await Server.start({ dir, port });
	const small = server.usage().resident;
	const queue = await makeQueue(port, 'backlog', { visibility: 600 });
	const began = now();
	await fill(t, port, queue, messages);
	const filled = (now() - began) / 1000;
	const full = server.usage().resident;
	await cycles(port, queue, 1000);
	const used = server.usage().resident;
	await server.kill();
	server = Server.spawn({ dir, port });
	const again = await firstAck(server, queue);
	const restarted = server.usage().resident;
	await cycles(port, queue, 100);
	const client = new Client(port);
	const left = await counts(client, queue);
	client.close();
	await server.stop();
	const wanted = messages - 10000 - 1000 + 1;
	if (left[0] !== wanted || left[1] !== 0)
		t.fail(`${left[0]} waiting and ${left[1]} in flight, wanted ${wanted} and 0`);
	const most = Math.max(full, used, restarted);
	if (most > 256 * MIB)
		t.fail(`${(most / MIB).toFixed(0)} MiB resident, over 256`);
	if (again > 5000)
		t.fail(`restart to first acknowledged send took ${again.toFixed(0)} ms, over 5000`);
	const mib = (n) => (n / MIB).toFixed(1);
	return `${messages} messages of 1 KiB in ${filled.toFixed(0)} s: ${mib(small)} MiB at first, ` +
		`${mib(full)} filled, ${mib(used)} in use, ${mib(restarted)} restarted; ` +
		`kill -9 to first acknowledged send ${again.toFixed(0)} ms`;
}
