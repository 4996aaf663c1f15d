/**
 * Builds `dist/page/embed.js`, a single module for other pages. Runs after the page's build, which empties the
 * directory.
 */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { compress } from '../compress.js';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  logLevel: 'warn',
  publicDir: false,
  build: {
    outDir: fileURLToPath(new URL('../../dist/page', import.meta.url)),
    emptyOutDir: false,
    target: 'es2022',
    modulePreload: false,
    rolldownOptions: {
      input: fileURLToPath(new URL('live-counter.ts', import.meta.url)),
      // No hash: other pages refer to this name for years.
      output: { entryFileNames: 'embed.js' },
    },
  },
  plugins: [compress()],
});
