/** Builds the script that other pages embed: `dist/page/embed.js`, one module with all that it needs. Runs after the page's build, which empties the directory. */
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
      // Pages that embed it name it for years: no hash.
      output: { entryFileNames: 'embed.js' },
    },
  },
  plugins: [compress()],
});
