/** The built page in memory: each file with its type, its tag and its compressed forms. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { TallyError } from '../counters/errors.js';

/** Where the build puts the page: the same place seen from `src` and from `dist`. */
const PAGE_DIRECTORY = fileURLToPath(new URL('../../dist/page/', import.meta.url));

/** Media types by ending. A file with another ending is not served. */
export const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};
/** Compressed forms, the smallest first, and how their files end. */
const ENCODING_EXTENSIONS = { br: '.br', gzip: '.gz' } as const;

type ContentEncoding = keyof typeof ENCODING_EXTENSIONS;
export const CONTENT_ENCODINGS = Object.keys(ENCODING_EXTENSIONS) as readonly ContentEncoding[];

interface AssetFile {
  readonly mediaType: string;
  /** Of the content: times say nothing, in a package all files have the same. */
  readonly contentHash: string;
  readonly plain: Buffer;
  readonly compressed: { readonly [encoding in ContentEncoding]?: Buffer };
}

/** What was there at the start is served until the end: a build or an update beside the running service breaks nothing. */
@Injectable()
export class AssetFiles implements OnModuleInit {
  #files: ReadonlyMap<string, AssetFile> = new Map();

  async onModuleInit(): Promise<void> {
    this.#files = await readAssets(PAGE_DIRECTORY);
  }

  /**
   * A file of the page. Only names that were found at the start are known: none leads out of the directory.
   * @param path below the page, for example `assets/index-a1b2.js`
   * @throws TallyError `page-not-built` when there is no page, `unknown-route` when it has no such file
   */
  find(path: string): AssetFile {
    const file = this.#files.get(path);
    if (file) return file;
    if (this.#files.size > 0) throw new TallyError('unknown-route', `the page has no file ${path}`);
    throw new TallyError('page-not-built', `the page is not in ${PAGE_DIRECTORY}: npm run build puts it there`);
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
    // Counting goes on without a page.
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
