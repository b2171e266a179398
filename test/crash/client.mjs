// client.mjs - an HTTP/1.1 connection that is kept, and the SQS JSON protocol on it.
//
// One request at a time. `Lost` is thrown when the connection ends before the answer:
// whether the server did it is unknown, unless `sent` is false.
import net from 'node:net';

export class Lost extends Error {
	constructor(why, sent) {
		super(why);
		this.sent = sent;
	}
}

export class Refused extends Error {
	constructor(status, name, text) {
		super(`${status} ${name}: ${text}`);
		this.status = status;
		this.code = name;
	}

	// 4xx and "no room" say that nothing changed; another 5xx leaves it open.
	get certain() {
		return this.status < 500 || /full|throttl|space|storage/i.test(`${this.code} ${this.message}`);
	}
}

export class Client {
	constructor(port, { timeoutMs = 30000 } = {}) {
		this.port = port;
		this.timeoutMs = timeoutMs;
		this.received = Buffer.alloc(0);
	}

	connect() {
		return new Promise((resolve, reject) => {
			const s = net.connect({ port: this.port, host: '127.0.0.1', noDelay: true });
			this.socket = s;
			this.received = Buffer.alloc(0);
			s.once('connect', resolve);
			s.on('error', (e) => this.lose(s, e.message, reject));
			s.on('close', () => this.lose(s, 'closed', reject));
			s.on('data', (d) => this.take(d));
		});
	}

	lose(socket, why, reject) {
		if (this.socket !== socket)
			return;
		this.socket = undefined;
		reject(new Lost(why, false));
		this.settle((w) => w.reject(new Lost(why, true)));
	}

	settle(how) {
		const w = this.waiting;
		this.waiting = undefined;
		if (w !== undefined) {
			clearTimeout(w.timer);
			how(w);
		}
	}

	take(data) {
		this.received = this.received.length === 0 ? data : Buffer.concat([this.received, data]);
		const head = this.received.indexOf('\r\n\r\n');
		if (head < 0)
			return;
		const text = this.received.toString('latin1', 0, head);
		const length = Number(/\r\ncontent-length: *(\d+)/i.exec(text)?.[1] ?? 0);
		const end = head + 4 + length;
		if (this.received.length < end)
			return;
		const status = Number(text.slice(9, 12));
		const body = this.received.toString('utf8', head + 4, end);
		this.received = this.received.subarray(end);
		if (status >= 200)
			this.settle((w) => w.resolve({ status, head: text, body }));
	}

	async request(method, target, headers = {}, body = '') {
		if (this.socket === undefined)
			await this.connect();
		const lines = Object.entries({ host: `127.0.0.1:${this.port}`, ...headers,
			'content-length': Buffer.byteLength(body) }).map(([k, v]) => `${k}: ${v}\r\n`);
		return new Promise((resolve, reject) => {
			const timer = setTimeout(() => this.socket?.destroy(new Error('no answer')), this.timeoutMs);
			this.waiting = { resolve, reject, timer };
			this.socket.write(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
		});
	}

	async sqs(action, parameters) {
		const answer = await this.request('POST', '/', { 'x-amz-target': `AmazonSQS.${action}`,
			'content-type': 'application/x-amz-json-1.0' }, JSON.stringify(parameters));
		let json = {};
		try {
			json = answer.body === '' ? {} : JSON.parse(answer.body);
		} catch {
			throw new Refused(answer.status, 'NotJson', answer.body.slice(0, 200));
		}
		if (answer.status !== 200) {
			throw new Refused(answer.status, String(json.__type ?? 'Unknown').split('#').pop(),
				json.message ?? json.Message ?? '');
		}
		return json;
	}

	close() {
		const s = this.socket;
		this.socket = undefined;
		s?.destroy();
		this.settle((w) => w.reject(new Lost('closed by us', true)));
	}
}
