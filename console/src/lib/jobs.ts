// jobs.ts - jobs as the server shows them, and words for their states.
import { words } from './text';

export type JobState = 'PENDING' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELED';
export interface JobError {
  code: string;
  message?: string;
}
export interface Attempt {
  number: number;
  outcome: string;
  worker?: string;
  started_at: string;
  ended_at?: string;
  error?: JobError;
  log?: string;
}
export interface Job {
  id: string;
  queue: string;
  state: JobState;
  attempts: number;
  trace_id: string;
  requested_by?: string;
  created_at: string;
  progress?: number;
  message?: string;
  error?: JobError;
  labels?: Record<string, string>;
  parent?: string;
  group?: string;
  message_group?: string;
  worker?: string;
  execute_at?: string;
  started_at?: string;
  lease_until?: string;
  finished_at?: string;
  cancel_requested_at?: string;
  history?: Attempt[];
}
export interface Group {
  id: string;
  policy: string;
  closed: boolean;
  done: boolean;
  total: number;
  pending?: number;
  running?: number;
  succeeded: number;
  failed: number;
  canceled: number;
}

export const states: readonly JobState[] = ['PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELED'];
export const stateWords = words({
  PENDING: ['Waiting', '待機中'],
  RUNNING: ['Running', '実行中'],
  SUCCEEDED: ['Succeeded', '成功'],
  FAILED: ['Failed', '失敗'],
  CANCELED: ['Canceled', '取消'],
  LOST: ['Lost: the worker fell silent', '応答なし'],
  TIMED_OUT: ['Took too long', '時間切れ'],
  RELEASED: ['Given back', '返却'],
});
export const stateTones = {
  PENDING: 'plain',
  RUNNING: 'wait',
  SUCCEEDED: 'good',
  FAILED: 'bad',
  CANCELED: 'quiet',
} as const;
