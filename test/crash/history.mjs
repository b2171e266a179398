// history.mjs - what was said to have happened to the messages of one queue, and what must follow.
//
//     sendIssue -> sendAck | sendUnknown | sendRefused
//     receiveIssue -> receiveAnswer | receiveUnknown      (checks are made here)
//     deleteIssue -> deleteAck | deleteUnknown
//
// H1  An acknowledged send is there until a delete was issued            (lost)
// H2  After an acknowledged delete it never comes again                  (resurrected)
// H3  In a group nothing is received while an earlier message is there,
//     unless both come in one answer, in order                           (reordered)
// H4  What is received was sent, and was not refused                     (invented)
// H5  A received message is hidden until its visibility timeout or its
//     delay has passed                                                   (early)
// H6  Receive counts grow by one for each receive, across any restart    (counts)
//
// Issue and answer take a number from one counter, so "before" is never a guess.
// A message is known by the text of its body up to the first ':'.
import { now } from './lib.mjs';

export const KINDS = ['lost', 'resurrected', 'reordered', 'invented', 'early', 'counts'];
const CLOCK_SLACK_MS = 3; // deadlines are whole milliseconds of another process's clock

export class History {
	constructor({ fifo = false, visibilityMs, forget = false }) {
		this.fifo = fifo;
		this.forget = forget; // long runs: a message that comes again looks invented
		this.visibilityMs = visibilityMs;
		this.step = 0;
		this.records = new Map();
		this.live = new Map();   // acknowledged, no delete issued: key -> record
		this.groups = new Map(); // group -> Map of its live records, and those seen of unknown fate
		this.acked = 0;
		this.deleted = 0;
		this.refused = 0;
		this.unknown = 0;
		this.unknownReceives = 0;
		this.mayBeEarlyBefore = -Infinity; // receives before this time may end early (clock jumps)
		this.violations = Object.fromEntries(KINDS.map((k) => [k, []]));
	}

	violation(kind, record, text) {
		if (this.violations[kind].length < 1000)
			this.violations[kind].push(`${record?.key ?? '?'}: ${text}`);
	}

	sendIssue(key, group, delayMs = 0) {
		const record = { key, group, step: ++this.step, state: 'issued', count: 0,
			hiddenFrom: now(), hiddenUntil: delayMs > 0 ? now() + delayMs : 0, unknownReceives: 0 };
		this.records.set(key, record);
		return record;
	}

	sendAck(record) {
		record.state = 'acked';
		record.ackStep = ++this.step;
		this.acked++;
		if (record.deleteIssued === undefined)
			this.enter(record);
	}

	sendUnknown(record) {
		record.state = 'unknown';
		this.unknown++;
	}

	sendRefused(record) {
		record.state = 'refused';
		this.refused++;
	}

	enter(record) {
		this.live.set(record.key, record);
		if (!this.fifo)
			return;
		if (!this.groups.has(record.group))
			this.groups.set(record.group, new Map());
		this.groups.get(record.group).set(record.key, record);
	}

	leave(record) {
		this.live.delete(record.key);
		this.groups.get(record.group)?.delete(record.key);
	}

	receiveIssue() {
		return { step: ++this.step, at: now() };
	}

	receiveUnknown() {
		this.unknownReceives++;
	}

	// Returns the records of the messages, those that can be told.
	receiveAnswer(issue, messages, visibilityMs = this.visibilityMs) {
		const before = new Set();
		const records = [];
		for (const m of messages) {
			const key = m.Body.slice(0, m.Body.indexOf(':'));
			const record = this.records.get(key);
			if (record === undefined || record.state === 'refused') {
				this.violation('invented', record ?? { key }, record ? 'was refused' : 'was never sent');
				continue;
			}
			this.checkOne(issue, record, Number(m.Attributes?.ApproximateReceiveCount));
			if (this.fifo)
				this.checkOrder(issue, record, before);
			before.add(record);
			record.receipt = m.ReceiptHandle;
			record.sentAt = Number(m.Attributes?.SentTimestamp); // the server's time of day
			record.hiddenFrom = issue.at;
			record.hiddenUntil = issue.at + visibilityMs;
			if (record.deleteAcked === undefined && record.deleteIssued === undefined)
				this.enter(record);
			records.push(record);
		}
		return records;
	}

	checkOne(issue, record, count) {
		if (record.deleteAcked !== undefined && record.deleteAcked < issue.step)
			this.violation('resurrected', record, 'received after its acknowledged delete');
		const early = record.hiddenUntil - now();
		if (early > CLOCK_SLACK_MS && record.hiddenFrom >= this.mayBeEarlyBefore)
			this.violation('early', record, `received ${early.toFixed(0)} ms before it may be`);
		if (!(count > record.count))
			this.violation('counts', record, `receive count ${count} after ${record.count}`);
		else if (count > record.count + 1 + this.unknownReceives - record.unknownReceives)
			this.violation('counts', record, `receive count ${count} after ${record.count}, too many`);
		record.count = count;
		record.unknownReceives = this.unknownReceives;
	}

	checkOrder(issue, record, before) {
		for (const other of this.groups.get(record.group)?.values() ?? []) {
			if (other.step < record.step && other.ackStep < issue.step && !before.has(other)) {
				this.violation('reordered', record, `received while ${other.key} is waiting`);
				return;
			}
		}
		for (const other of before)
			if (other.group === record.group && other.step > record.step)
				this.violation('reordered', record, `behind ${other.key} in one answer`);
	}

	deleteIssue(record) {
		record.deleteIssued = ++this.step;
		this.leave(record);
	}

	deleteAck(record) {
		record.deleteAcked = ++this.step;
		this.deleted++;
		if (this.forget)
			this.records.delete(record.key);
	}

	// Nothing changed: it has to come again.
	deleteRefused(record) {
		record.deleteIssued = undefined;
		if (record.state === 'acked')
			this.enter(record);
	}

	// What a drained queue did not give.
	lostNow() {
		for (const record of this.live.values())
			this.violation('lost', record, `acknowledged, received ${record.count} times, gone`);
		this.live.clear();
		this.groups.clear();
	}

	get bad() {
		return KINDS.reduce((sum, k) => sum + this.violations[k].length, 0);
	}
}

// "0 lost, 0 resurrected, ..." over several queues, with examples when there are some.
export function verdict(histories) {
	const sum = (f) => histories.reduce((n, h) => n + f(h), 0);
	const examples = histories.flatMap((h) => KINDS.flatMap((k) =>
		h.violations[k].slice(0, 3).map((text) => `${k}: ${text}`)));
	return {
		acked: sum((h) => h.acked),
		bad: sum((h) => h.bad),
		text: KINDS.map((k) => `${sum((h) => h.violations[k].length)} ${k}`).join(', '),
		examples: examples.slice(0, 12),
	};
}
