// live.ts - events of the server as they come (text/event-stream, read with fetch: an
// EventSource cannot say for whom it watches). Connects again behind the last event seen.
import { useEffect } from 'preact/hooks';
import { Problem, send, type Query } from './api';
import { EventReader, type Event } from './events';
import { me } from './session';

const pause = (ms: number, signal: AbortSignal) =>
  new Promise<void>((done) => {
    const t = setTimeout(done, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(t);
      done();
    });
  });

async function watch(
  path: string,
  query: Query,
  signal: AbortSignal,
  heard: (e: Event) => void,
): Promise<void> {
  const reader = new EventReader();
  while (!signal.aborted) {
    try {
      const headers: Record<string, string> = { Accept: 'text/event-stream' };
      if (reader.lastId) headers['Last-Event-ID'] = reader.lastId;
      const r = await send('GET', path, { query, signal, headers });
      const bytes = r.body!.getReader();
      const decoder = new TextDecoder();
      for (;;) {
        const { done, value } = await bytes.read();
        if (done) break;
        for (const e of reader.take(decoder.decode(value, { stream: true }))) heard(e);
      }
    } catch (e) {
      if (e instanceof Problem && e.status >= 400 && e.status < 500 && e.status !== 429) return; // not for us
    }
    await pause(reader.retryMs, signal);
  }
}

/** Calls `heard` for each event while the page is shown. path null: watches nothing. */
export function useLive(path: string | null, heard: (e: Event) => void, query: Query = {}): void {
  const who = me.value?.principal;
  useEffect(() => {
    if (path === null) return;
    const stop = new AbortController();
    void watch(path, query, stop.signal, heard);
    return () => stop.abort();
  }, [path, who, JSON.stringify(query)]);
}
