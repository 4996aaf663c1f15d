/** Adds the configured name, logo and accent to the built page. */
import escapeHtml from 'escape-html';
import type { AccentColours } from '../config/brand-accent.js';
import type { Config } from '../config/config.js';
import { compressStaticFile, createStaticFile, type StaticFile } from '../http/static-file.js';

type BrandConfig = Pick<Config, 'BRAND_NAME' | 'BRAND_LOGO_FILE' | 'BRAND_ACCENT'>;

/** Name in the built page, in place of which the configured one is written. */
const BUILT_NAME = 'Tallyboard';
const LOGO_EXTENSIONS = { 'image/svg+xml': 'svg', 'image/png': 'png' } as const;

/**
 * Returns the files of the page with those of the brand: a style sheet and the logo, under names with their hash, and a
 * document that refers to them. Its policy forbids inline styles, and a page without a brand costs no request.
 * @param files the built files by path; returned as they are if nothing is configured
 */
export async function applyBrand(
  files: ReadonlyMap<string, StaticFile>,
  { BRAND_NAME, BRAND_LOGO_FILE, BRAND_ACCENT }: BrandConfig,
): Promise<ReadonlyMap<string, StaticFile>> {
  const document = files.get('index.html');
  const manifest = files.get('manifest.webmanifest');
  const { colours } = BRAND_ACCENT;
  const { image } = BRAND_LOGO_FILE;
  if (!document || (BRAND_NAME === BUILT_NAME && !colours && !image)) return files;
  const branded = new Map(files);
  const elements: string[] = [];
  if (colours) {
    const sheet = await compressStaticFile('text/css', renderAccent(colours));
    const path = `assets/brand-${sheet.contentHash}.css`;
    branded.set(path, sheet);
    elements.push(`<link rel="stylesheet" href="./${path}" />`);
  }
  if (image) {
    const logo = await createLogo(image.mediaType, image.bytes);
    const path = `assets/logo-${logo.contentHash}.${LOGO_EXTENSIONS[image.mediaType]}`;
    branded.set(path, logo);
    elements.push(`<meta name="tallyboard-logo" content="./${path}" />`);
  }
  const html = renderDocument(document.plain.toString(), BRAND_NAME, elements);
  if (manifest) branded.set('manifest.webmanifest', await renameManifest(manifest, BRAND_NAME));
  branded.set('index.html', await compressStaticFile('text/html', html));
  return branded;
}

/** @param elements elements to add at the end of the head, behind the style sheets of the build */
function renderDocument(html: string, name: string, elements: readonly string[]): string {
  const text = escapeHtml(name);
  return html
    .replace(`<title>${BUILT_NAME}</title>`, () => `<title>${text}</title>`)
    .replace(`name="application-name" content="${BUILT_NAME}"`, () => `name="application-name" content="${text}"`)
    .replace('</head>', () => [...elements, '</head>'].join('\n'));
}

function renameManifest({ mediaType, plain }: StaticFile, name: string): Promise<StaticFile> {
  const manifest = JSON.parse(plain.toString()) as Readonly<Record<string, unknown>>;
  return compressStaticFile(mediaType, JSON.stringify({ ...manifest, name, short_name: name }));
}

function renderAccent({ light, dark, softLight, softDark }: AccentColours): string {
  return `:root {
  --accent-light: ${light};
  --accent-dark: ${dark};
  --accent-soft-light: ${softLight};
  --accent-soft-dark: ${softDark};
}
`;
}

/** PNG files are compressed already. */
function createLogo(mediaType: keyof typeof LOGO_EXTENSIONS, bytes: Buffer): Promise<StaticFile> | StaticFile {
  return mediaType === 'image/png' ? createStaticFile(mediaType, bytes) : compressStaticFile(mediaType, bytes);
}
