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
    // Few requests for the first page: what pages share is two files, not ten.
    rolldownOptions: {
      output: {
        codeSplitting: {
          includeDependenciesRecursively: false,
          groups: [
            {
              name: 'shared',
              test: /node_modules|src\/(lib\/(api|change|clock|events|format|live|load|pattern|root|router|session|text)|parts\/(icon|parts|toast))\.tsx?$/,
            },
            {
              name: 'work',
              test: /src\/(lib\/(approval|exact|draft|names)|parts\/(approval|people|decide|inbox-row|bulk))\.tsx?$/,
            },
          ],
        },
      },
    },
  },
});
