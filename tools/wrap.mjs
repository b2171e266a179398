// wrap.mjs - breaks wide lines of scripts where that changes nothing: `make fmt`.
//
//   node tools/wrap.mjs FILE.mjs...
//
// A line over 120 columns is broken behind a comma, an opening bracket, a semicolon or an operator
// outside of strings, templates and patterns, at the outermost such place; a line that is all comment, at a
// space. What is left over is for people; `make lint` names it. The rest of the layout is as its author wrote it.
import { readFileSync, writeFileSync } from 'node:fs';

const WIDE = 120, AIM = 100, LEAST = 40;
const width = (s) => [...s.replaceAll('\t', '    ')].length;

/** For each character: the depth of brackets it stands in, or -1 inside strings, patterns and comments. */
function depths(code) {
  const depth = new Int16Array(code.length).fill(-1);
  const open = []; // brackets, '`' for a template, '${' for the code in one
  let last = '';   // the last thing of code, to tell a pattern from a division
  for (let i = 0; i < code.length;) {
    const c = code[i], two = code.slice(i, i + 2);
    if (open.at(-1) === '`') {
      if (two === '${') { open.push('${'); i += 2; }
      else if (c === '\\') i += 2;
      else { if (c === '`') { open.pop(); last = 'x'; } i++; }
    } else if (two === '//' || two === '/*') {
      const end = two === '//' ? code.indexOf('\n', i) : code.indexOf('*/', i) + 2;
      i = end < i ? code.length : end;
    } else if (c === '"' || c === "'") {
      for (i++; i < code.length && code[i] !== c; i++) if (code[i] === '\\') i++;
      i++;
      last = 'x';
    } else if (c === '/' && /^$|[(,=:[!&|?{};+\n]|=>|return/.test(last)) {
      for (let set = false, i0 = ++i; i < code.length && (set || code[i] !== '/' || i === i0); i++) {
        if (code[i] === '\\') i++;
        else if (code[i] === '[') set = true;
        else if (code[i] === ']') set = false;
      }
      i++;
      last = 'x';
    } else {
      if (c === '`') open.push('`');
      else if ('([{'.includes(c)) open.push(c);
      else if (')]}'.includes(c)) open.pop();
      depth[i] = open.includes('`') ? -1 : open.length;
      const word = /^[A-Za-z_$][\w$]*/.exec(code.slice(i, i + 40))?.[0];
      if (word) { last = word === 'return' ? word : 'x'; depth.fill(depth[i], i, i + word.length); }
      else if (!/\s/.test(c)) last = c;
      i += word ? word.length : 1;
    }
  }
  return depth;
}

/** Where to break a wide line: behind the character of this index; -1: nowhere. */
function place(line, depth, from) {
  let best = -1, bestDepth = Infinity;
  for (let i = 0; i < line.length && width(line.slice(0, i + 1)) <= WIDE; i++) {
    const here = depth[from + i];
    const breaks = /[,;([{]/.test(line[i]) || (/[&|?:+]/.test(line[i]) && line[i + 1] === ' ' && line[i - 1] !== '?')
      || (line[i] === '>' && line[i - 1] === '=');
    if (here < 0 || !breaks || i + 1 >= line.length || width(line.slice(0, i)) < LEAST) continue;
    if (/[([{]/.test(line[i]) && width(line.slice(0, i)) < AIM - 20) continue;
    const cost = here + (/[,;]/.test(line[i]) ? 0 : 0.5);
    if (cost <= bestDepth) { best = i; bestDepth = cost; }
  }
  return best;
}

function wrapComment(line) {
  const [, head, words] = /^(\s*(?:\/\/|\*) ?)(.*)$/.exec(line);
  const out = [head];
  for (const word of words.split(' ')) {
    if (width(`${out.at(-1)} ${word}`) > AIM && out.at(-1) !== head) out.push(head);
    out[out.length - 1] += (out.at(-1) === head ? '' : ' ') + word;
  }
  return out.join('\n');
}

function wrapOnce(code) {
  const depth = depths(code);
  let at = 0, changed = false;
  const out = code.split('\n').map((line) => {
    const from = at;
    at += line.length + 1;
    if (width(line) <= WIDE) return line;
    if (/^\s*(\/\/|\*) /.test(line) && depth[from + line.search(/\S/)] < 0) {
      if (/\S {2,}/.test(line)) return line; // a table
      changed = true;
      return wrapComment(line);
    }
    const i = place(line, depth, from);
    if (i < 0) return line;
    const indent = /^\s*/.exec(line)[0];
    changed = true;
    return `${line.slice(0, i + 1)}\n${indent}${indent.includes('\t') ? '\t' : '  '}${line.slice(i + 1).trimStart()}`;
  });
  return changed ? out.join('\n') : null;
}

for (const file of process.argv.slice(2)) {
  const before = readFileSync(file, 'utf8');
  let code = before;
  for (let round = 0; round < 8; round++) code = wrapOnce(code) ?? code;
  if (code !== before) writeFileSync(file, code);
}
