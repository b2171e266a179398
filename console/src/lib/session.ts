// session.ts - who is at the keyboard. With authentication off a person is chosen, for each
// tab its own: two windows can be two people.
import { signal } from '@preact/signals';

export interface Me {
  principal: string;
  csrf?: string;
  ends_at?: string;
  how?: string;
}

/** undefined: not known yet; null: nobody. */
export const me = signal<Me | null | undefined>(undefined);

export const csrf = () => me.value?.csrf;

const CHOSEN = 'ringi.who';

/** The session ended, here or on the server. What was typed stays on the page. */
export function signedOut(): void {
  me.value = null;
}

export function signedIn(who: Me): void {
  me.value = who;
}

/** With authentication off: who acts in this tab. */
export function choose(principal: string): void {
  sessionStorage.setItem(CHOSEN, principal);
  me.value = { principal };
}

export function chosen(): string {
  return sessionStorage.getItem(CHOSEN) ?? '';
}
