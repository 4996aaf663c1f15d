/** Builds the page into `dist/page`: hashed files that may be cached for ever, each with compressed copies. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { emitAppManifest } from './app-manifest.js';
import { compress } from './compress.js';
import { CSS_TARGET } from './css-target.js';
import { appendFontLicence } from './font/font-licence.js';
import { minifyAgain } from './minify-again.js';
import { releaseOldNodes } from './preact-memory.js';
import { trimUplot } from './uplot-parts.js';

const LICENCE_FILE = 'licences.md';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // Relative URLs: the page may be served under any path.
  base: './',
  logLevel: 'warn',
  build: {
    outDir: fileURLToPath(new URL('../dist/page', import.meta.url)),
    emptyOutDir: true,
    target: 'es2022',
    cssTarget: CSS_TARGET,
    // The page's content security policy forbids data URLs.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Licences of bundled packages, whose notices the minifier drops.
    license: { fileName: LICENCE_FILE },
    rolldownOptions: {
      // Compression takes most of the time, as it must.
      checks: { pluginTimings: false },
      output: {
        // Each response has 600 bytes of headers: modules that every visit loads, and those that every chart loads,
        // are one file each, also where others share them.
        codeSplitting: {
          groups: [
            { name: 'page', tags: ['$initial'], priority: 2 },
            { name: 'chart', test: /\/web\/chart\/chart\.|\/uplot\//, priority: 1 },
          ],
        },
      },
    },
  },
  plugins: [
    trimUplot(),
    releaseOldNodes(),
    minifyAgain(),
    emitAppManifest(),
    appendFontLicence(LICENCE_FILE),
    compress(),
  ],
});
