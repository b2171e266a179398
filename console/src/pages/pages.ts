// pages.ts - every page: its address, its place in the menu, and the file it is loaded from
// when it is first shown. Of two patterns that match, the first.
import type { FunctionComponent } from 'preact';
import type { Pair } from '../lib/text';
import type { IconName } from '../parts/icon';

export type Args = Record<string, string>;
type Loaded = { default: FunctionComponent<{ args: Args }> };

export interface PageEntry {
  path: string;
  title: Pair;
  load: () => Promise<Loaded>;
  /** In the menu, and the key behind `g` that goes there. */
  menu?: { group: 'work' | 'run' | 'rules'; icon: IconName; key: string; needs?: string };
}

export const groups: Record<'work' | 'run' | 'rules', Pair> = {
  work: ['Work', '仕事'],
  run: ['Operate', '運用'],
  rules: ['Rules', 'ルール'],
};

export const pages: readonly PageEntry[] = [
  { path: '/', title: ['Home', 'ホーム'], load: () => import('./home') },
  { path: '/me', title: ['My settings', '自分の設定'], load: () => import('./me') },
  {
    path: '/people',
    title: ['People', '人と組織'],
    load: () => import('./people'),
    menu: { group: 'rules', icon: 'people', key: 'p', needs: 'ListPeople' },
  },
  { path: '/people/{id}', title: ['Person', '人'], load: () => import('./person') },
  {
    path: '/inbox',
    title: ['Inbox', '受信箱'],
    load: () => import('./inbox'),
    menu: { group: 'work', icon: 'inbox', key: 'i' },
  },
  {
    path: '/requests',
    title: ['Requests', '申請'],
    load: () => import('./requests'),
    menu: { group: 'work', icon: 'request', key: 'r' },
  },
  { path: '/requests/new', title: ['Ask for approval', '申請する'], load: () => import('./request-new') },
  { path: '/approvals/{id}', title: ['Approval', '承認'], load: () => import('./approval') },
  {
    path: '/policies',
    title: ['Policies', 'ポリシー'],
    load: () => import('./policies'),
    menu: { group: 'rules', icon: 'policy', key: 'y', needs: 'ListPolicies' },
  },
  { path: '/policies/{name}', title: ['Policy', 'ポリシー'], load: () => import('./policy') },
  {
    path: '/policies/{name}/edit',
    title: ['Change a policy', 'ポリシーの変更'],
    load: () => import('./policy-edit'),
  },
  { path: '/policy-new', title: ['New policy', '新しいポリシー'], load: () => import('./policy-edit') },
  {
    path: '/overview',
    title: ['Overview', '概況'],
    load: () => import('./overview'),
    menu: { group: 'run', icon: 'overview', key: 'o', needs: 'ListQueues' },
  },
  {
    path: '/queues',
    title: ['Queues', 'キュー'],
    load: () => import('./queues'),
    menu: { group: 'run', icon: 'queue', key: 'q', needs: 'ListQueues' },
  },
  {
    path: '/queues/{name}',
    title: ['Queue', 'キュー'],
    load: () => import('./queue'),
  },
  {
    path: '/jobs',
    title: ['Jobs', 'ジョブ'],
    load: () => import('./jobs'),
    menu: { group: 'run', icon: 'job', key: 'j', needs: 'ListJobs' },
  },
  {
    path: '/jobs/{id}',
    title: ['Job', 'ジョブ'],
    load: () => import('./job'),
  },
  {
    path: '/dead',
    title: ['Dead letters', 'デッドレター'],
    load: () => import('./dead'),
    menu: { group: 'run', icon: 'dead', key: 'd', needs: 'ListQueues' },
  },
  {
    path: '/schedules',
    title: ['Schedules', 'スケジュール'],
    load: () => import('./schedules'),
    menu: { group: 'run', icon: 'clock', key: 'c', needs: 'ListSchedules' },
  },
  {
    path: '/topics',
    title: ['Topics', 'トピック'],
    load: () => import('./topics'),
    menu: { group: 'run', icon: 'topic', key: 't', needs: 'GetDefinitions' },
  },
  {
    path: '/audit',
    title: ['Audit log', '監査ログ'],
    load: () => import('./audit'),
    menu: { group: 'run', icon: 'audit', key: 'u', needs: 'ReadAudit' },
  },
  {
    path: '/search',
    title: ['Search', '検索'],
    load: () => import('./search'),
  },
  {
    path: '/calendars',
    title: ['Calendars', 'カレンダー'],
    load: () => import('./calendars'),
    menu: { group: 'rules', icon: 'calendar', key: 'k', needs: 'ListCalendars' },
  },
  {
    path: '/figures',
    title: ['Figures', '指標'],
    load: () => import('./figures'),
    menu: { group: 'rules', icon: 'topic', key: 'f', needs: 'ApprovalFigures' },
  },
  { path: '/calendars/{name}', title: ['Calendar', 'カレンダー'], load: () => import('./calendar') },
  { path: '/calendar-new', title: ['New calendar', '新しいカレンダー'], load: () => import('./calendar') },
  {
    path: '/access',
    title: ['Access', 'アクセス'],
    load: () => import('./access'),
    menu: { group: 'rules', icon: 'settings', key: 'a', needs: 'ListAccounts' },
  },
  { path: '/notifications', title: ['Notifications', 'お知らせ'], load: () => import('./notifications') },
  { path: '/about', title: ['About', 'このサーバーについて'], load: () => import('./about') },
];
