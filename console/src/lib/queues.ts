// queues.ts - queues as the server lists them, all of them, and what a look at one tells.
import { get, seg } from './api';

export interface QueueRow {
  name: string;
  fifo: boolean;
  paused: boolean;
  is_dlq: boolean;
  visible: number;
  in_flight: number;
  delayed: number;
  blocked_groups: number;
  oldest_age_ms?: number;
  dead_letter_queue?: string;
  breaker?: 'closed' | 'open' | 'half_open';
}

/** A look at one queue; what else it has is shown by name. */
export interface Queue extends QueueRow {
  waiting: number;
  held_groups: number;
  blocked?: { group: string; position: number }[];
  fifo_queue?: boolean;
  track?: boolean;
  priority?: boolean;
  purpose?: string;
  owner?: string;
  runbook?: string;
  push?: { url: string };
  push_state?: { breaker: 'closed' | 'open' | 'half_open'; failures: number; open_until?: string };
  slo?: { state: 'ok' | 'warning' | 'burning' };
  [attribute: string]: unknown;
}

export interface ErrorGroup {
  code: string;
  message?: string;
  count: number;
  first_sent_at: string;
  last_sent_at: string;
  positions: number[];
}

export interface Move {
  id: string;
  source: string;
  destination?: string;
  state: 'RUNNING' | 'PAUSED' | 'COMPLETED' | 'CANCELLED' | 'FAILED';
  rate?: number;
  moved: number;
  total?: number;
  started_at: string;
  failure?: string;
  error?: string;
  reason?: string;
  requested_by?: string;
}

export interface Point {
  at: string;
  sent: number;
  moved_in: number;
  received: number;
  deleted: number;
  failed: number;
  dead_lettered: number;
  backlog: number;
  wait_ms?: { p50: number; p95: number; p99: number };
  run_ms?: { p50: number; p95: number; p99: number };
}

export const queuePath = (name: string, behind = '') => `/v1/queues/${seg(name)}${behind}`;
export const queueHref = (name: string, query = '') => `/queues/${seg(name)}${query}`;

/** Every queue there is, in order of names. */
export async function allQueues(signal: AbortSignal): Promise<QueueRow[]> {
  const all: QueueRow[] = [];
  let cursor: string | undefined;
  do {
    const r: { queues: QueueRow[]; cursor?: string } = await get(
      '/v1/queues',
      { limit: 1000, cursor },
      signal,
    );
    all.push(...r.queues);
    cursor = r.cursor;
  } while (cursor);
  return all;
}
