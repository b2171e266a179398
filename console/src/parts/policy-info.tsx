// policy-info.tsx - what is told about a policy and its versions.
import type { Policy } from '../lib/policy';
import { words } from '../lib/text';
import type { Tone } from './parts';

export interface PolicyInfo {
  name: string;
  version: number;
  state: string;
  four_eyes: boolean;
  note?: string;
  template?: string;
  parameters?: Record<string, unknown>;
  proposed_by: string;
  proposed_at: string;
  accepted_by?: string;
  accepted_at?: string;
  current?: number;
  newest: number;
  retired_at?: string;
}

export interface PolicyVersion extends PolicyInfo {
  policy: Policy;
  words?: { en: string; ja: string };
}

export const stateWords = words({
  PROPOSED: ['proposed', '提案中'],
  IN_FORCE: ['in force', '有効'],
  SUPERSEDED: ['superseded', '旧版'],
  RETIRED: ['retired', '廃止'],
});

export const stateTone = (state: string): Tone =>
  state === 'IN_FORCE' ? 'good' : state === 'PROPOSED' ? 'wait' : 'plain';
