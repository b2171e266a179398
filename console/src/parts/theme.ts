// theme.ts - light or dark: as the device says, until somebody chooses.
import { effect, signal } from '@preact/signals';

export type Theme = 'light' | 'dark';
const KEPT = 'ringi.theme';
const kept = localStorage.getItem(KEPT);
const device = matchMedia('(prefers-color-scheme: dark)');
const ofDevice = (): Theme => (device.matches ? 'dark' : 'light');

export const themeChosen = signal(kept === 'light' || kept === 'dark');
export const theme = signal<Theme>(themeChosen.value ? (kept as Theme) : ofDevice());
effect(() => {
  document.documentElement.dataset.theme = theme.value;
});
device.addEventListener('change', () => {
  if (!themeChosen.value) theme.value = ofDevice();
});

export function setTheme(to: Theme): void {
  localStorage.setItem(KEPT, to);
  themeChosen.value = true;
  theme.value = to;
}

export function themeOfDevice(): void {
  localStorage.removeItem(KEPT);
  themeChosen.value = false;
  theme.value = ofDevice();
}
