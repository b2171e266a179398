// Relative addresses: the server puts the way up to its root before them (src/api/console.c),
// so that the console works under any path of a proxy.
import { defineConfig } from 'vite';

export default defineConfig({
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    assetsDir: 'assets',
    assetsInlineLimit: 0, // the policy of the page allows no data: scripts or styles
    modulePreload: { polyfill: false },
    cssCodeSplit: false,
    emptyOutDir: true,
    reportCompressedSize: false,
  },
});
