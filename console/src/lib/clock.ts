// clock.ts - the time of now, as pages show and compare it: it moves every few seconds, and with
// each answer of the server, so that what has just begun does not seem to lie ahead.
import { signal } from '@preact/signals';

export const now = signal(Date.now());

export function tick(): void {
  now.value = Date.now();
}

setInterval(tick, 15_000);
