// parts.tsx - the pieces that pages are made of. Each is usable with the keyboard and says
// in words what its colour says.
import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import type { Loaded } from '../lib/load';
import { Problem } from '../lib/api';
import { dateTime, exact, relative, zone } from '../lib/format';
import { href } from '../lib/router';
import { texts } from '../lib/text';
import { now } from '../lib/clock';
import { Icon, type IconName } from './icon';

const t = texts({
  loading: ['Loading', '読み込み中'],
  cancel: ['Cancel', 'キャンセル'],
  type_name: ['Type {name} to confirm', '確認のため {name} と入力してください'],
  close: ['Close', '閉じる'],
  no_answer: [
    'The server does not answer. What you typed is still here; try again.',
    'サーバーが応答しません。入力した内容は残っています。もう一度お試しください。',
  ],
  not_allowed: ['You may not see this.', 'この情報を見る権限がありません。'],
  again: ['Try again', 'もう一度'],
  more: ['More', 'さらに表示'],
  copy: ['Copy', 'コピー'],
  copied: ['Copied', 'コピーしました'],
});

export type Tone = 'plain' | 'good' | 'wait' | 'warn' | 'bad' | 'quiet';

export function Link({
  to,
  class: c,
  current,
  label,
  children,
}: {
  to: string;
  class?: string;
  current?: boolean;
  /** What it is called, where a picture stands for it. */
  label?: string;
  children: ComponentChildren;
}) {
  return (
    <a href={href(to)} class={c} aria-current={current ? 'page' : undefined} aria-label={label} title={label}>
      {children}
    </a>
  );
}

interface ButtonProps {
  children?: ComponentChildren;
  icon?: IconName;
  tone?: 'primary' | 'plain' | 'danger' | 'quiet';
  onClick?: () => void;
  type?: 'button' | 'submit';
  disabled?: boolean;
  busy?: boolean;
  label?: string;
  shortcut?: string;
}

export function Button({
  children,
  icon,
  tone = 'plain',
  onClick,
  type = 'button',
  disabled,
  busy,
  label,
  shortcut,
}: ButtonProps) {
  return (
    <button
      type={type}
      class={`button ${tone}`}
      onClick={onClick}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      aria-label={label}
      title={label}
      aria-keyshortcuts={shortcut}
    >
      {icon && <Icon name={icon} size={18} />}
      {children && <span>{children}</span>}
      {shortcut && <kbd aria-hidden="true">{shortcut}</kbd>}
    </button>
  );
}

export function Chip({ tone = 'plain', children }: { tone?: Tone; children: ComponentChildren }) {
  return <span class={`chip ${tone}`}>{children}</span>;
}

/** A time in words, the exact one on hover: "3 hours ago". */
export function Time({ at, both = false }: { at: string | undefined; both?: boolean }) {
  if (!at) return <span class="faint">–</span>;
  const said = relative(at, now.value);
  return (
    <time dateTime={at} title={`${exact(at)} (${zone.value})`}>
      {both ? `${dateTime(at)} · ${said}` : said}
    </time>
  );
}

export function Page({
  title,
  lead,
  actions,
  back,
  children,
}: {
  title: ComponentChildren;
  lead?: ComponentChildren;
  actions?: ComponentChildren;
  back?: { to: string; text: string };
  children: ComponentChildren;
}) {
  return (
    <article class="page">
      {back && (
        <Link to={back.to} class="back">
          <Icon name="left" size={16} />
          {back.text}
        </Link>
      )}
      <header class="page-head">
        <div>
          <h1>{title}</h1>
          {lead && <p class="lead">{lead}</p>}
        </div>
        {actions && <div class="actions">{actions}</div>}
      </header>
      {children}
    </article>
  );
}

export function Card({
  title,
  actions,
  children,
  class: c = '',
}: {
  title?: ComponentChildren;
  actions?: ComponentChildren;
  children: ComponentChildren;
  class?: string;
}) {
  return (
    <section class={`card ${c}`}>
      {(title || actions) && (
        <header>
          <h2>{title}</h2>
          {actions && <div class="actions">{actions}</div>}
        </header>
      )}
      {children}
    </section>
  );
}

export function Empty({
  icon = 'check',
  title,
  children,
}: {
  icon?: IconName;
  title: string;
  children?: ComponentChildren;
}) {
  return (
    <div class="empty">
      <Icon name={icon} size={36} />
      <p class="empty-title">{title}</p>
      {children && <div>{children}</div>}
    </div>
  );
}

export const problemText = (p: Problem) =>
  p.code === 'NO_ANSWER' ? t('no_answer') : p.status === 403 ? `${t('not_allowed')} ${p.message}` : p.message;

export function Trouble({ problem, again }: { problem: Problem; again?: () => void }) {
  return (
    <div class="trouble" role="alert">
      <Icon name="dead" />
      <p>{problemText(problem)}</p>
      {again && (
        <Button icon="refresh" onClick={again}>
          {t('again')}
        </Button>
      )}
    </div>
  );
}

/** What was loaded, or why not, or that it is on its way. Old data stays while new comes. */
export function Show<T>({ of, children }: { of: Loaded<T>; children: (data: T) => ComponentChildren }) {
  return (
    <>
      {of.problem && <Trouble problem={of.problem} again={of.again} />}
      {of.data !== undefined
        ? children(of.data)
        : !of.problem && (
            <p class="loading" role="status">
              {t('loading')}…
            </p>
          )}
    </>
  );
}

export function Field({
  label,
  hint,
  error,
  children,
}: {
  label: ComponentChildren;
  hint?: ComponentChildren;
  error?: string;
  children: (id: string, describedBy: string) => ComponentChildren;
}) {
  const id = useId();
  return (
    <div class={`field ${error ? 'wrong' : ''}`}>
      <label for={id}>{label}</label>
      {children(id, `${id}-about`)}
      <div id={`${id}-about`}>
        {hint && <p class="hint">{hint}</p>}
        {error && <p class="error">{error}</p>}
      </div>
    </div>
  );
}

/** The element of a dialog, opened over the page before anybody can see or type into it: opening moves the
 * focus to its first field. */
export function useModal() {
  const ref = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    ref.current!.showModal();
  }, []);
  return ref;
}

/** A dialog over the page. Escape and a click beside it close it. */
export function Dialog({
  title,
  onClose,
  children,
  wide = false,
}: {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  wide?: boolean;
}) {
  const ref = useModal();
  const id = useId();
  return (
    <dialog
      ref={ref}
      class={wide ? 'wide' : ''}
      aria-labelledby={id}
      onClose={onClose}
      onClick={(e) => {
        if (e.target === ref.current) ref.current!.close();
      }}
    >
      <div class="dialog-body">
        <header>
          <h2 id={id}>{title}</h2>
          <Button tone="quiet" icon="cross" label={t('close')} onClick={() => ref.current!.close()} />
        </header>
        {children}
      </div>
    </dialog>
  );
}

/** Asks before something that cannot be undone: what it meets, with a reason where one is wanted,
 * and a name that has to be typed where it could be the wrong one. */
export function Confirm({
  title,
  children,
  action,
  danger,
  reason,
  hint,
  name,
  onClose,
  run,
}: {
  title: string;
  children?: ComponentChildren;
  action: string;
  danger?: boolean;
  /** What the field for the reason is called; absent: none is asked for. */
  reason?: string;
  hint?: string;
  /** What has to be typed; absent: nothing. */
  name?: string;
  onClose: () => void;
  run: (reason: string) => Promise<unknown>;
}) {
  const why = useSignal(''),
    typed = useSignal(''),
    busy = useSignal(false),
    problem = useSignal<Problem | null>(null);
  const submit = async (e: Event) => {
    e.preventDefault();
    if (busy.value) return;
    busy.value = true;
    problem.value = null;
    try {
      await run(why.value.trim());
      onClose();
    } catch (x) {
      problem.value = x instanceof Problem ? x : new Problem(0, 'BROKEN', String(x));
    } finally {
      busy.value = false;
    }
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={submit}>
        {children}
        {reason !== undefined && (
          <Field label={reason} hint={hint}>
            {(id, by) => (
              <textarea
                id={id}
                aria-describedby={by}
                rows={2}
                value={why.value}
                onInput={(e) => {
                  why.value = e.currentTarget.value;
                }}
              />
            )}
          </Field>
        )}
        {name !== undefined && (
          <Field label={t('type_name', { name })}>
            {(id) => (
              <input
                id={id}
                autocomplete="off"
                autocapitalize="none"
                spellcheck={false}
                value={typed.value}
                onInput={(e) => {
                  typed.value = e.currentTarget.value;
                }}
              />
            )}
          </Field>
        )}
        {problem.value && <Trouble problem={problem.value} />}
        <div class="dialog-actions">
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button
            type="submit"
            tone={danger ? 'danger' : 'primary'}
            busy={busy.value}
            disabled={name !== undefined && typed.value.trim() !== name}
          >
            {action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

export function More({ onClick, busy }: { onClick: () => void; busy?: boolean }) {
  return (
    <p class="more">
      <Button onClick={onClick} busy={busy}>
        {t('more')}
      </Button>
    </p>
  );
}

/** Copies text; also on plain HTTP, where browsers have no clipboard for pages. */
export function Copy({ text, label }: { text: string | (() => string); label?: string }) {
  const done = useSignal(false);
  const copy = async () => {
    const said = typeof text === 'string' ? text : text();
    try {
      await navigator.clipboard.writeText(said);
    } catch {
      const area = document.createElement('textarea');
      area.value = said;
      document.body.append(area);
      area.select();
      document.execCommand('copy');
      area.remove();
    }
    done.value = true;
    setTimeout(() => {
      done.value = false;
    }, 1500);
  };
  return (
    <Button
      tone="quiet"
      icon={done.value ? 'check' : 'copy'}
      onClick={copy}
      label={done.value ? t('copied') : (label ?? t('copy'))}
    />
  );
}

/** A ring of `got` out of `needed`. */
export function Ring({
  got,
  needed,
  size = 44,
  tone = 'good',
}: {
  got: number;
  needed: number;
  size?: number;
  tone?: Tone;
}) {
  const share = needed > 0 ? Math.min(1, got / needed) : 1;
  return (
    <svg
      class={`ring ${tone}`}
      viewBox="0 0 40 40"
      width={size}
      height={size}
      role="img"
      aria-label={`${got} / ${needed}`}
    >
      <circle cx="20" cy="20" r="16" pathLength="100" />
      <circle cx="20" cy="20" r="16" pathLength="100" class="got" stroke-dasharray={`${share * 100} 100`} />
      <text x="20" y="24">
        {got}/{needed}
      </text>
    </svg>
  );
}

/** A small line of numbers; `label` says it in words. */
export function Spark({
  values,
  label,
  width = 96,
  height = 24,
}: {
  values: readonly number[];
  label: string;
  width?: number;
  height?: number;
}) {
  const most = Math.max(1, ...values),
    n = Math.max(1, values.length - 1);
  const points = values
    .map((v, i) => `${((i / n) * width).toFixed(1)},${(height - 2 - (v / most) * (height - 4)).toFixed(1)}`)
    .join(' ');
  return (
    <svg
      class="spark"
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
      role="img"
      aria-label={label}
    >
      <polyline points={points} />
    </svg>
  );
}
