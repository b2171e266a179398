// command.ts - what a page shows, as a command for a shell. There is no secret in it.
import { root } from './root';

/** A word that begins with `=` is replaced by zsh, one with `~` by all shells: those are quoted. */
const PLAIN = /^[\w./:@%+-][\w./:=@%+-]*$/;
const quoted = (s: string) => (PLAIN.test(s) ? s : `'${s.replaceAll("'", `'\\''`)}'`);
export const command = (...words: string[]) => words.map(quoted).join(' ');

/** A request as curl would make it. */
export function curl(path: string, method = 'GET', body?: unknown): string {
  const words = ['curl', '-s'];
  if (method !== 'GET') words.push('-X', method);
  words.push(location.origin + root + path.slice(1));
  if (body !== undefined) words.push('-d', JSON.stringify(body));
  return command(...words);
}
