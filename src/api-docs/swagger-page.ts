/** The Swagger UI page and its files. All of them come from this service. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { TallyError } from '../counters/errors.js';
import { compressStaticFile, createStaticFile, type StaticFile } from '../http/static-file.js';

/** Allows inline styles, which Swagger UI writes, and images in `data:` URLs, which these contain. */
export const SWAGGER_PAGE_CSP =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

/** Finds files of Swagger UI, a dependency of `@nestjs/swagger`. Created at the start, because that reads files. */
const swaggerRequire = createRequire(createRequire(import.meta.url).resolve('@nestjs/swagger'));
const resolvePackaged = (name: string): string => swaggerRequire.resolve(`swagger-ui-dist/${name}`);
/** Finds files of this service. The relative path is the same from `src` and from `dist`. */
const resolveOwn = (name: string): string => fileURLToPath(new URL(`swagger-ui/${name}`, import.meta.url));

/** Files that the page loads: path and media type by name. */
const FILES: ReadonlyMap<string, { readonly path: string; readonly mediaType: string }> = new Map([
  ['swagger-ui.css', { path: resolvePackaged('swagger-ui.css'), mediaType: 'text/css' }],
  ['swagger-ui-bundle.js', { path: resolvePackaged('swagger-ui-bundle.js'), mediaType: 'text/javascript' }],
  ['favicon-32x32.png', { path: resolvePackaged('favicon-32x32.png'), mediaType: 'image/png' }],
  ['theme.css', { path: resolveOwn('theme.css'), mediaType: 'text/css' }],
  ['start.js', { path: resolveOwn('start.js'), mediaType: 'text/javascript' }],
]);

/** Reads a file of the page, and compresses it if it is text. @throws TallyError `unknown-route` if there is none */
export async function loadSwaggerFile(name: string): Promise<StaticFile> {
  const file = FILES.get(name);
  if (!file) throw new TallyError('unknown-route', `the documentation has no file ${name}`);
  const content = await readFile(file.path);
  return file.mediaType.startsWith('text/')
    ? compressStaticFile(file.mediaType, content)
    : createStaticFile(file.mediaType, content);
}

/** Renders the page. @param basePath path of its files, relative to the URL of the page */
export function renderSwaggerPage(basePath: 'docs/' | './'): Promise<StaticFile> {
  const html = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>Tallyboard API</title>
    <link rel="icon" href="${basePath}favicon-32x32.png" />
    <link rel="stylesheet" href="${basePath}swagger-ui.css" />
    <link rel="stylesheet" href="${basePath}theme.css" />
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="${basePath}swagger-ui-bundle.js"></script>
    <script src="${basePath}start.js"></script>
  </body>
</html>
`;
  return compressStaticFile('text/html', html);
}
