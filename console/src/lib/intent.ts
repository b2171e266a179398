// intent.ts - one id for one intended change: the same as long as what is asked for is the same,
// so that an answer that got lost does nothing twice, and another one once it was answered.
import { useRef } from 'preact/hooks';
import { post, requestId } from './api';

export function useIntent() {
  const kept = useRef<{ what: string; id: string } | null>(null);
  return async <T>(path: string, body: unknown = {}): Promise<T> => {
    const what = `${path} ${JSON.stringify(body)}`;
    if (kept.current?.what !== what) kept.current = { what, id: requestId() };
    const answer = await post<T>(path, body, kept.current.id);
    kept.current = null;
    return answer;
  };
}
