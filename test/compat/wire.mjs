// wire.mjs - the two wire forms of SQS and the one of SNS, as tests need them.
//
// A test writes an operation once, in the JSON form ({ QueueUrl, Entries: [...] }), and reads the
// answer in the JSON form. queryFields() turns the parameters into Query fields, fromXml() turns
// the XML answer back. Nothing here is lenient: an element that the tables do not know stays in
// the result under its own name, so that a comparison with the expected answer fails.

// ---- requests: parameters -> Query fields

/** Flattened lists and maps of SQS: member name -> name of the field. */
const FLAT_LISTS = {
  AttributeNames: 'AttributeName',
  MessageAttributeNames: 'MessageAttributeName',
  MessageSystemAttributeNames: 'MessageSystemAttributeName',
  TagKeys: 'TagKey',
  AWSAccountIds: 'AWSAccountId',
  Actions: 'ActionName',
};
const FLAT_MAPS = {
  Attributes: ['Attribute', 'Name', 'Value'],
  MessageAttributes: ['MessageAttribute', 'Name', 'Value'],
  MessageSystemAttributes: ['MessageSystemAttribute', 'Name', 'Value'],
  Tags: ['Tag', 'Key', 'Value'],
  tags: ['Tag', 'Key', 'Value'],
};

/** The fields of one SQS request, without Action and Version, as [name, value] pairs. */
export function sqsFields(action, params) {
  const out = [];
  const put = (prefix, name, value) => {
    const at = prefix + name;
    if (value === undefined) return;
    if (name === 'Entries') {
      value.forEach((entry, i) => members(`${action}RequestEntry.${i + 1}.`, entry));
    } else if (FLAT_LISTS[name] && Array.isArray(value)) {
      value.forEach((v, i) => out.push([`${prefix}${FLAT_LISTS[name]}.${i + 1}`, String(v)]));
    } else if (FLAT_MAPS[name] && typeof value === 'object') {
      const [field, key, val] = FLAT_MAPS[name];
      Object.entries(value).forEach(([k, v], i) => {
        out.push([`${prefix}${field}.${i + 1}.${key}`, k]);
        if (v !== null && typeof v === 'object') members(`${prefix}${field}.${i + 1}.${val}.`, v);
        else out.push([`${prefix}${field}.${i + 1}.${val}`, String(v)]);
      });
    } else {
      out.push([at, String(value)]);
    }
  };
  const members = (prefix, object) => {
    for (const [name, value] of Object.entries(object)) put(prefix, name, value);
  };
  members('', params);
  return out;
}

/** The fields of one SNS request: lists are `.member.N`, maps are `.entry.N.key/.value`. */
export function snsFields(params) {
  const out = [];
  const put = (at, value, name) => {
    if (value === undefined) return;
    if (Array.isArray(value)) {
      value.forEach((v, i) => put(`${at}.member.${i + 1}`, v));
    } else if (name === 'Attributes') {
      Object.entries(value).forEach(([k, v], i) =>
        out.push([`${at}.entry.${i + 1}.key`, k], [`${at}.entry.${i + 1}.value`, String(v)]));
    } else if (name === 'MessageAttributes') {
      Object.entries(value).forEach(([k, v], i) => {
        out.push([`${at}.entry.${i + 1}.Name`, k]);
        for (const [m, x] of Object.entries(v)) out.push([`${at}.entry.${i + 1}.Value.${m}`, String(x)]);
      });
    } else if (value !== null && typeof value === 'object') {
      for (const [m, v] of Object.entries(value)) put(`${at}.${m}`, v, m);
    } else {
      out.push([at, String(value)]);
    }
  };
  for (const [name, value] of Object.entries(params)) put(name, value, name);
  return out;
}

export function formBody(fields) {
  return fields.map(([k, v]) => `${encodeURIComponent(k)}=${encodeURIComponent(v)}`).join('&');
}

// ---- answers: XML

const ENTITIES = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
const unescape = (s) => s.replace(/\r\n?/g, '\n').replace(/&(#x[0-9a-fA-F]+|#\d+|\w+);/g, (all, e) => {
  if (e[0] !== '#') {
    if (!(e in ENTITIES)) throw new Error(`unknown entity ${all}`);
    return ENTITIES[e];
  }
  return String.fromCodePoint(e[1] === 'x' ? parseInt(e.slice(2), 16) : parseInt(e.slice(1), 10));
});

/** XML text -> { name, attributes, children, text }. Throws on text that is not well formed. */
export function parseXml(text) {
  const token = /<\?[^?]*\?>|<(\/?)([A-Za-z_][\w.:-]*)((?:\s+[\w:.-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/gy;
  const root = { name: '', children: [], text: '' };
  const open = [root];
  let end = 0;
  for (let m; (m = token.exec(text)) !== null; end = token.lastIndex) {
    const top = open[open.length - 1];
    if (m[5] !== undefined) top.text += unescape(m[5]);
    else if (m[2] === undefined) continue; // <?xml ...?>
    else if (m[1]) {
      if (open.pop().name !== m[2]) throw new Error(`</${m[2]}> closes another element in ${text}`);
    } else {
      const attributes = {};
      for (const a of m[3].matchAll(/([\w:.-]+)="([^"]*)"/g)) attributes[a[1]] = unescape(a[2]);
      const node = { name: m[2], attributes, children: [], text: '' };
      top.children.push(node);
      if (!m[4]) open.push(node);
    }
  }
  if (end !== text.length || open.length !== 1 || root.children.length !== 1)
    throw new Error(`not well-formed XML: ${text.slice(0, 300)}`);
  return root.children[0];
}

export const child = (node, name) => node.children.find((c) => c.name === name);
export const textOf = (node, name) => child(node, name)?.text;

const NUMBERS = new Set(['ApproximateNumberOfMessagesMoved', 'ApproximateNumberOfMessagesToMove',
  'MaxNumberOfMessagesPerSecond', 'StartedTimestamp']);
const SQS_LISTS = {
  Message: 'Messages',
  SendMessageBatchResultEntry: 'Successful',
  DeleteMessageBatchResultEntry: 'Successful',
  ChangeMessageVisibilityBatchResultEntry: 'Successful',
  BatchResultErrorEntry: 'Failed',
  ListMessageMoveTasksResultEntry: 'Results',
};
const SQS_MAPS = { Attribute: 'Attributes', MessageAttribute: 'MessageAttributes', Tag: 'Tags' };

/** One result element of SQS -> the object that the JSON protocol would have sent. */
export function sqsResult(node, action) {
  const out = {};
  for (const c of node.children) {
    if (c.name === 'QueueUrl' && action.startsWith('List')) {
      (out[action === 'ListQueues' ? 'QueueUrls' : 'queueUrls'] ??= []).push(c.text);
    } else if (SQS_LISTS[c.name] && c.children.length) {
      (out[SQS_LISTS[c.name]] ??= []).push(sqsResult(c, ''));
    } else if (SQS_MAPS[c.name]) {
      const key = textOf(c, 'Name') ?? textOf(c, 'Key');
      const value = child(c, 'Value');
      (out[SQS_MAPS[c.name]] ??= {})[key] = value.children.length ? sqsResult(value, '') : value.text;
    } else if (c.name === 'SenderFault') out.SenderFault = c.text === 'true';
    else if (NUMBERS.has(c.name)) out[c.name] = Number(c.text);
    else out[c.name] = c.text;
  }
  return out;
}

/** One element of SNS: `member` children are a list, `entry` children a map. */
export function snsResult(node) {
  if (node.children.length === 0) return node.text;
  if (node.children[0].name === 'member') return node.children.map(snsResult);
  if (node.children[0].name === 'entry')
    return Object.fromEntries(node.children.map((e) => [textOf(e, 'key'), textOf(e, 'value')]));
  return Object.fromEntries(node.children.map((c) => [c.name, snsResult(c)]));
}
