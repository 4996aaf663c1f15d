/** BRAND_LOGO_FILE: the picture that the page shows beside its name. Read once at the start. */
import { readFileSync, statSync } from 'node:fs';
import { errorMessage } from '../counters/errors.js';

/** Largest size of the file in bytes: a logo is part of each first visit. */
export const MAX_LOGO_BYTES = 100 * 1_024;
/** First bytes of every PNG file (PNG 1.2, 3.1). */
const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const XML_START = /^\uFEFF?\s*</;
const SVG_ELEMENT = /<svg[\s>]/;

interface LogoImage {
  readonly mediaType: 'image/svg+xml' | 'image/png';
  readonly bytes: Buffer;
}

export class BrandLogo {
  private constructor(
    private readonly path: string,
    /** Undefined without a logo. */
    readonly image: LogoImage | undefined,
    /** Undefined if the file can be used. */
    readonly fault: string | undefined,
  ) {}

  /** Reads a file. @param path empty for no logo */
  static read(path: string): BrandLogo {
    if (path === '') return new BrandLogo(path, undefined, undefined);
    try {
      return new BrandLogo(path, readImage(path), undefined);
    } catch (error) {
      return new BrandLogo(path, undefined, errorMessage(error));
    }
  }

  toString(): string {
    return this.path;
  }
}

/** @throws Error if the file cannot be read, is too large, or is neither SVG nor PNG */
function readImage(path: string): LogoImage {
  const stats = statSync(path);
  if (!stats.isFile()) throw new Error('is not a file: name an SVG or a PNG file');
  if (stats.size > MAX_LOGO_BYTES) throw new Error(`has ${stats.size} bytes, more than ${MAX_LOGO_BYTES}: shrink it`);
  const bytes = readFileSync(path);
  if (bytes.subarray(0, PNG_SIGNATURE.length).equals(PNG_SIGNATURE)) return { mediaType: 'image/png', bytes };
  const text = bytes.toString();
  if (XML_START.test(text) && SVG_ELEMENT.test(text)) return { mediaType: 'image/svg+xml', bytes };
  throw new Error('is neither an SVG nor a PNG file: convert it to one of them');
}
