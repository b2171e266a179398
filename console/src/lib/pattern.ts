// pattern.ts - paths with names in braces.

/** `/queues/{name}` against a path; the decoded arguments, or null. */
export function match(pattern: string, path: string): Record<string, string> | null {
  const want = pattern.split('/');
  const have = path.split('/');
  if (want.length !== have.length) return null;
  const args: Record<string, string> = {};
  for (let i = 0; i < want.length; i++) {
    const w = want[i]!,
      h = have[i]!;
    if (!w.startsWith('{')) {
      if (w !== h) return null;
      continue;
    }
    if (!h) return null;
    try {
      args[w.slice(1, -1)] = decodeURIComponent(h);
    } catch {
      return null;
    }
  }
  return args;
}
