/** The built page in memory: each file with its type, its tag and its compressed forms. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { TallyError } from '../counters/errors.js';

/** Where the build puts the page: the same place seen from `src` and from `dist`. */
const DIRECTORY = fileURLToPath(new URL('../../dist/page/', import.meta.url));

/** Media types by ending. A file with another ending is not served. */
export const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};
/** Compressed forms, the smallest first, and how their files end. */
const ENDINGS = { br: '.br', gzip: '.gz' } as const;

export type Encoding = keyof typeof ENDINGS;
export const ENCODINGS = Object.keys(ENDINGS) as readonly Encoding[];

export interface PageFile {
  readonly type: string;
  /** Of the content: times say nothing, in a package all files have the same. */
  readonly tag: string;
  readonly plain: Buffer;
  readonly compressed: { readonly [encoding in Encoding]?: Buffer };
}

/** What was there at the start is served until the end: a build or an update beside the running service breaks nothing. */
@Injectable()
export class PageFiles implements OnModuleInit {
  #files: ReadonlyMap<string, PageFile> = new Map();

  async onModuleInit(): Promise<void> {
    this.#files = await readFiles(DIRECTORY);
  }

  /**
   * A file of the page. Only names that were found at the start are known: none leads out of the directory.
   * @param path below the page, for example `assets/index-a1b2.js`
   * @throws TallyError `page-not-built` when there is no page, `unknown-route` when it has no such file
   */
  find(path: string): PageFile {
    const file = this.#files.get(path);
    if (file) return file;
    if (this.#files.size > 0) throw new TallyError('unknown-route', `the page has no file ${path}`);
    throw new TallyError('page-not-built', `the page is not in ${DIRECTORY}: npm run build puts it there`);
  }
}

async function readFiles(directory: string): Promise<Map<string, PageFile>> {
  try {
    const paths = new Set(await readdir(directory, { recursive: true, encoding: 'utf8' }));
    const plain = [...paths].filter((path) => TYPES[extname(path)] !== undefined);
    const files = plain.map(
      async (path) => [path.split(sep).join('/'), await readForms(directory, path, paths)] as const,
    );
    return new Map(await Promise.all(files));
  } catch (error) {
    // Counting goes on without a page.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return new Map();
    throw error;
  }
}

async function readForms(directory: string, path: string, paths: ReadonlySet<string>): Promise<PageFile> {
  const plain = await readFile(join(directory, path));
  const forms = ENCODINGS.filter((encoding) => paths.has(path + ENDINGS[encoding])).map(
    async (encoding) => [encoding, await readFile(join(directory, path + ENDINGS[encoding]))] as const,
  );
  return {
    type: TYPES[extname(path)] ?? '',
    tag: createHash('sha256').update(plain).digest('base64url').slice(0, 22),
    plain,
    compressed: Object.fromEntries(await Promise.all(forms)),
  };
}
