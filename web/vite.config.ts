/** Builds the page into `dist/page`: hashed files that may be kept for ever, each beside its compressed forms. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { compress } from './compress.js';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // Relative addresses: the page may lie anywhere.
  base: './',
  logLevel: 'warn',
  build: {
    outDir: fileURLToPath(new URL('../dist/page', import.meta.url)),
    emptyOutDir: true,
    target: 'es2022',
    // The page's Content-Security-Policy lets nothing be loaded from an address that is its own content.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Of what it is built from, for those who pass it on: the minifier drops the notices.
    license: { fileName: 'licences.md' },
  },
  plugins: [compress()],
});
