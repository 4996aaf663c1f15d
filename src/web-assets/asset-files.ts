/** Loads the built page into memory: each file with its media type, hash and compressed forms. */
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Config } from '../config/config.js';
import { TallyError } from '../counters/errors.js';
import { createStaticFile, type StaticFile } from '../http/static-file.js';
import { applyBrand } from './brand.js';

/** Output of the build. The relative path is the same from `src` and from `dist`. */
const PAGE_DIRECTORY = fileURLToPath(new URL('../../dist/page/', import.meta.url));

/** Media types by file extension. Files with other extensions are not served. */
export const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};
/** File extensions of compressed forms. */
const ENCODING_EXTENSIONS = { br: '.br', gzip: '.gz' } as const;

/** Serves the files as they were at start-up, so that a build or an update does not break a running service. */
@Injectable()
export class AssetFiles implements OnModuleInit {
  #files: ReadonlyMap<string, StaticFile> = new Map();

  constructor(private readonly config: Config) {}

  async onModuleInit(): Promise<void> {
    this.#files = await applyBrand(await readAssets(PAGE_DIRECTORY), this.config);
  }

  /**
   * Finds a file by the path that it had at start-up, so no path leads out of the directory.
   * @param path relative to the page, for example `assets/index-a1b2.js`
   * @throws TallyError `page-not-built` if there is no page, `unknown-route` if it has no such file
   */
  find(path: string): StaticFile {
    const file = this.#files.get(path);
    if (file) return file;
    if (this.#files.size > 0) throw new TallyError('unknown-route', `the page has no file ${path}`);
    throw new TallyError(
      'page-not-built',
      `there is no page in ${PAGE_DIRECTORY}: run \`npm run build\` and restart the service`,
    );
  }
}

async function readAssets(directory: string): Promise<Map<string, StaticFile>> {
  try {
    const allPaths = new Set(await readdir(directory, { recursive: true, encoding: 'utf8' }));
    const servedPaths = [...allPaths].filter((path) => MEDIA_TYPES[extname(path)] !== undefined);
    const files = servedPaths.map(
      async (path) => [path.split(sep).join('/'), await readAsset(directory, path, allPaths)] as const,
    );
    return new Map(await Promise.all(files));
  } catch (error) {
    // The service works without a page.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return new Map();
    throw error;
  }
}

async function readAsset(directory: string, path: string, allPaths: ReadonlySet<string>): Promise<StaticFile> {
  const plain = await readFile(join(directory, path));
  const compressedFiles = Object.entries(ENCODING_EXTENSIONS)
    .filter(([, extension]) => allPaths.has(path + extension))
    .map(async ([encoding, extension]) => [encoding, await readFile(join(directory, path + extension))] as const);
  return createStaticFile(
    MEDIA_TYPES[extname(path)] ?? '',
    plain,
    Object.fromEntries(await Promise.all(compressedFiles)),
  );
}
