/** Builds the page into `dist/page`: hashed files that may be kept for ever, each beside its compressed forms. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

const OUT = fileURLToPath(new URL('../dist/page', import.meta.url));

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // Relative addresses: the page may lie anywhere.
  base: './',
  logLevel: 'warn',
  build: {
    outDir: OUT,
    emptyOutDir: true,
    target: 'es2022',
    // The page's Content-Security-Policy lets nothing be loaded from an address that is its own content.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  plugins: [compress()],
});

/** Puts a `.gz` and a `.br` beside every text file, so that none is compressed while somebody waits. */
function compress(): Plugin {
  return {
    name: 'compress',
    closeBundle() {
      for (const path of readdirSync(OUT, { recursive: true, encoding: 'utf8' })) {
        if (!/\.(html|js|css|svg)$/.test(path)) continue;
        const text = readFileSync(join(OUT, path));
        writeFileSync(join(OUT, `${path}.gz`), gzipSync(text, { level: 9 }));
        writeFileSync(join(OUT, `${path}.br`), brotliCompressSync(text));
      }
    },
  };
}
