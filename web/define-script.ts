/** Vite configuration of a script with a fixed name. Parts that it loads later have names with a hash. */
import { fileURLToPath } from 'node:url';
import { defineConfig, type UserConfig } from 'vite';
import { compress } from './compress.js';
import { CSS_TARGET } from './css-target.js';
import { releaseOldNodes } from './preact-memory.js';

/**
 * Adds a script to `dist/page`. To be built after the page, whose build empties the directory.
 * @param entry file of its source
 * @param fileName its name in the directory
 */
export function defineScript(entry: URL, fileName: string): UserConfig {
  return defineConfig({
    root: fileURLToPath(new URL('.', entry)),
    logLevel: 'warn',
    publicDir: false,
    // Relative URLs: parts are loaded from where the script came from.
    base: './',
    build: {
      outDir: fileURLToPath(new URL('../dist/page', import.meta.url)),
      emptyOutDir: false,
      target: 'es2022',
      cssTarget: CSS_TARGET,
      modulePreload: false,
      rolldownOptions: {
        checks: { pluginTimings: false },
        input: fileURLToPath(entry),
        output: { entryFileNames: fileName, chunkFileNames: 'assets/embed-[name]-[hash].js' },
      },
    },
    plugins: [releaseOldNodes(), compress()],
  });
}
