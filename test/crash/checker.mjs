// checker.mjs - histories with one fault each: does history.mjs see it, and only it?
import { History, KINDS } from './history.mjs';

const message = (key, count) => ({ Body: `${key}:`, ReceiptHandle: key,
	Attributes: { ApproximateReceiveCount: String(count) } });

// A queue in words: h.sent('a'), h.got(['a', 1]), h.gone('a').
function story(fifo = false, visibilityMs = 0) {
	const h = new History({ fifo, visibilityMs });
	h.sent = (key, group = 'g') => {
		const r = h.sendIssue(key, group);
		h.sendAck(r);
		return r;
	};
	h.got = (...pairs) => h.receiveAnswer(h.receiveIssue(), pairs.map(([k, n]) => message(k, n)));
	h.gone = (key) => {
		h.deleteIssue(h.records.get(key));
		h.deleteAck(h.records.get(key));
	};
	return h;
}

const STORIES = {
	'all is well': [undefined, () => {
		const h = story(true);
		'abc'.split('').forEach((k) => h.sent(k));
		h.got(['a', 1], ['b', 1]);
		h.gone('a');
		h.got(['b', 2], ['c', 1]);
		h.gone('b');
		h.gone('c');
		h.lostNow();
		return h;
	}],
	'an acknowledged message is gone': ['lost', () => {
		const h = story();
		h.sent('a');
		h.lostNow();
		return h;
	}],
	'a send of unknown fate is gone': [undefined, () => {
		const h = story();
		h.sendUnknown(h.sendIssue('a', 'g'));
		h.lostNow();
		return h;
	}],
	'a deleted message comes again': ['resurrected', () => {
		const h = story();
		h.sent('a');
		h.got(['a', 1]);
		h.gone('a');
		h.got(['a', 2]);
		return h;
	}],
	'a delete of unknown fate did nothing': [undefined, () => {
		const h = story();
		h.sent('a');
		h.got(['a', 1]);
		h.deleteIssue(h.records.get('a'));
		h.got(['a', 2]);
		return h;
	}],
	'a later message passes': ['reordered', () => {
		const h = story(true);
		h.sent('a');
		h.sent('b');
		h.got(['b', 1]);
		return h;
	}],
	'another group passes': [undefined, () => {
		const h = story(true);
		h.sent('a', 'one');
		h.sent('b', 'two');
		h.got(['b', 1]);
		return h;
	}],
	'one answer in the wrong order': ['reordered', () => {
		const h = story(true);
		h.sent('a');
		h.sent('b');
		h.got(['b', 1], ['a', 1]);
		return h;
	}],
	'a refused message is there': ['invented', () => {
		const h = story();
		h.sendRefused(h.sendIssue('a', 'g'));
		h.got(['a', 1]);
		return h;
	}],
	'nobody sent it': ['invented', () => {
		const h = story();
		h.got(['x', 1]);
		return h;
	}],
	'hidden and received': ['early', () => {
		const h = story(false, 10000);
		h.sent('a');
		h.got(['a', 1]);
		h.got(['a', 2]);
		return h;
	}],
	'the count begins anew': ['counts', () => {
		const h = story();
		h.sent('a');
		h.got(['a', 1]);
		h.got(['a', 1]);
		return h;
	}],
	'the count runs ahead': ['counts', () => {
		const h = story();
		h.sent('a');
		h.got(['a', 2]);
		return h;
	}],
	'an answer was lost, so the count runs ahead': [undefined, () => {
		const h = story();
		h.sent('a');
		h.receiveUnknown();
		h.got(['a', 2]);
		return h;
	}],
};

export async function checker(t) {
	for (const [name, [kind, play]] of Object.entries(STORIES)) {
		const h = play();
		for (const k of KINDS) {
			const found = h.violations[k].length > 0;
			if (found !== (k === kind))
				t.fail(`${name}: ${found ? `found ${k}: ${h.violations[k][0]}` : `did not find ${k}`}`);
		}
	}
	return `${Object.keys(STORIES).length} made-up histories judged`;
}
