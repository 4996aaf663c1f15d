/** Vite plugin that compresses the output of a build, so that the service need not compress per request. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import type { Plugin } from 'vite';

/** Writes a `.gz` and a `.br` file beside every text file of the build. */
export function compress(): Plugin {
  return {
    name: 'compress',
    async writeBundle({ dir = '' }, bundle) {
      const names = Object.keys(bundle).filter((file) => /\.(html|js|css|svg|webmanifest)$/.test(file));
      await Promise.all(
        names.map(async (name) => {
          const path = join(dir, name);
          const text = await readFile(path);
          await Promise.all([
            promisify(gzip)(text, { level: 9 }).then((bytes) => writeFile(`${path}.gz`, bytes)),
            promisify(brotliCompress)(text).then((bytes) => writeFile(`${path}.br`, bytes)),
          ]);
        }),
      );
    },
  };
}
