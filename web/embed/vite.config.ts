/**
 * Builds `dist/page/embed.js`, the module for other pages, and the parts that it loads when they are shown. Runs after
 * the page's build, which empties the directory.
 */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { compress } from '../compress.js';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  logLevel: 'warn',
  publicDir: false,
  // Relative URLs: parts are loaded from where the module came from.
  base: './',
  build: {
    outDir: fileURLToPath(new URL('../../dist/page', import.meta.url)),
    emptyOutDir: false,
    target: 'es2022',
    modulePreload: false,
    rolldownOptions: {
      input: fileURLToPath(new URL('embed.ts', import.meta.url)),
      // No hash: other pages refer to this name for years.
      output: { entryFileNames: 'embed.js', chunkFileNames: 'assets/embed-[name]-[hash].js' },
    },
  },
  plugins: [compress()],
});
