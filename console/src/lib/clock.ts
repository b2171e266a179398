// clock.ts - the server's time, as near as its answers tell it: clocks of devices are wrong.
import { signal } from '@preact/signals';

let ahead = 0;
export const now = signal(Date.now());

/** From an answer of the server that has its time. */
export function heardTime(serverMs: number): void {
  ahead = serverMs - Date.now();
  now.value = serverMs;
}

setInterval(() => {
  now.value = Date.now() + ahead;
}, 15_000);
