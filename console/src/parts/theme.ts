// theme.ts - light or dark: as the device says, until somebody chooses.
import { effect, signal } from '@preact/signals';

export type Theme = 'light' | 'dark';
const KEPT = 'ringi.theme';
const kept = localStorage.getItem(KEPT);
const device = matchMedia('(prefers-color-scheme: dark)');
const ofDevice = (): Theme => (device.matches ? 'dark' : 'light');

export const theme = signal<Theme>(kept === 'light' || kept === 'dark' ? kept : ofDevice());
effect(() => {
  document.documentElement.dataset.theme = theme.value;
});
device.addEventListener('change', () => {
  if (!localStorage.getItem(KEPT)) theme.value = ofDevice();
});

export function setTheme(to: Theme): void {
  localStorage.setItem(KEPT, to);
  theme.value = to;
}
