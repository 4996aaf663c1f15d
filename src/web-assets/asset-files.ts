/** Loads the built page into memory: each file with its media type, hash and compressed forms. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { TallyError } from '../counters/errors.js';

/** Output of the build. The relative path is the same from `src` and from `dist`. */
const PAGE_DIRECTORY = fileURLToPath(new URL('../../dist/page/', import.meta.url));

/** Media types by file extension. Files with other extensions are not served. */
export const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};
/** File extensions of compressed forms, the smallest first. */
const ENCODING_EXTENSIONS = { br: '.br', gzip: '.gz' } as const;

type ContentEncoding = keyof typeof ENCODING_EXTENSIONS;
export const CONTENT_ENCODINGS = Object.keys(ENCODING_EXTENSIONS) as readonly ContentEncoding[];

interface AssetFile {
  readonly mediaType: string;
  /** For the ETag. Modification times would not do: npm gives all files of a package the same one. */
  readonly contentHash: string;
  readonly plain: Buffer;
  readonly compressed: { readonly [encoding in ContentEncoding]?: Buffer };
}

/** Serves the files as they were at start-up, so that a build or an update does not break a running service. */
@Injectable()
export class AssetFiles implements OnModuleInit {
  #files: ReadonlyMap<string, AssetFile> = new Map();

  async onModuleInit(): Promise<void> {
    this.#files = await readAssets(PAGE_DIRECTORY);
  }

  /**
   * Finds a file by the path that it had at start-up, so no path leads out of the directory.
   * @param path relative to the page, for example `assets/index-a1b2.js`
   * @throws TallyError `page-not-built` if there is no page, `unknown-route` if it has no such file
   */
  find(path: string): AssetFile {
    const file = this.#files.get(path);
    if (file) return file;
    if (this.#files.size > 0) throw new TallyError('unknown-route', `the page has no file ${path}`);
    throw new TallyError(
      'page-not-built',
      `there is no page in ${PAGE_DIRECTORY}: run \`npm run build\` and restart the service`,
    );
  }
}

async function readAssets(directory: string): Promise<Map<string, AssetFile>> {
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

async function readAsset(directory: string, path: string, allPaths: ReadonlySet<string>): Promise<AssetFile> {
  const plain = await readFile(join(directory, path));
  const compressedFiles = CONTENT_ENCODINGS.filter((encoding) =>
    allPaths.has(path + ENCODING_EXTENSIONS[encoding]),
  ).map(async (encoding) => [encoding, await readFile(join(directory, path + ENCODING_EXTENSIONS[encoding]))] as const);
  return {
    mediaType: MEDIA_TYPES[extname(path)] ?? '',
    contentHash: createHash('sha256').update(plain).digest('base64url').slice(0, 22),
    plain,
    compressed: Object.fromEntries(await Promise.all(compressedFiles)),
  };
}
