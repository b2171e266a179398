// session.ts - who is at the keyboard. With authentication off a person is chosen, for each
// tab its own: two windows can be two people.
import { signal } from '@preact/signals';

export interface Me {
  principal: string;
  csrf?: string;
  ends_at?: string;
  how?: string;
  /** One-time codes are asked for at login. */
  totp?: boolean;
  /** Lists that some rule of theirs is about; absent: nobody has asked, all are shown. */
  may?: string[];
}

/** undefined: not known yet; null: nobody. */
export const me = signal<Me | null | undefined>(undefined);

/** For menus only: the server decides. */
export const may = (action: string) => me.value?.may?.includes(action) ?? true;

export const csrf = () => me.value?.csrf;

const CHOSEN = 'ringi.who';

/** The server does not know the session any more; who it was of may come in again, and finds
 * the page as it was. */
export const ended = signal(false);

/** What was asked for needs a login of the last minutes: who waits for it. */
export const proofs = signal<readonly ((given: boolean) => void)[]>([]);

/** The person is asked to sign in once more. False: they would not, or it was somebody else. */
export const askProof = () =>
  new Promise<boolean>((answer) => {
    proofs.value = [...proofs.value, answer];
  });

export function proved(given: boolean): void {
  const all = proofs.value;
  proofs.value = [];
  for (const answer of all) answer(given);
}

/** Somebody went away. */
export function signedOut(): void {
  proved(false);
  me.value = null;
  ended.value = false;
}

/** The session ended on the server: by time, elsewhere, or by another password. */
export function sessionEnded(): void {
  if (me.value?.principal) ended.value = true;
  else signedOut();
}

export function signedIn(who: Me): void {
  const same = me.value?.principal === who.principal;
  me.value = who;
  ended.value = false;
  proved(same);
}

/** With authentication off: who acts in this tab. */
export function choose(principal: string): void {
  sessionStorage.setItem(CHOSEN, principal);
  me.value = { principal };
}

export function chosen(): string {
  return sessionStorage.getItem(CHOSEN) ?? '';
}
