/** The page of Swagger UI: all of it comes from here, nothing from elsewhere. */
import { createRequire } from 'node:module';
import { dirname } from 'node:path';

/** What the page may load: itself and what it shows. Swagger UI writes styles of its own, and has its pictures in them. */
export const SWAGGER_PAGE_CSP =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

/** Files of Swagger UI that the page needs. */
export const SWAGGER_ASSETS: readonly string[] = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'];

/** The page. @param basePath where its files are, seen from its address */
export function renderSwaggerPage(basePath: 'docs/' | './'): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Tallyboard</title>
    <link rel="icon" href="${basePath}favicon-32x32.png" />
    <link rel="stylesheet" href="${basePath}swagger-ui.css" />
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="${basePath}swagger-ui-bundle.js"></script>
    <script src="${basePath}start.js"></script>
  </body>
</html>
`;
}

/** Starts Swagger UI on the document that lies beside the page. The badge of its validator would tell the world who looks at what. */
export const START_SCRIPT = `const document_ = new URL('../openapi.json', document.currentScript.src).href;
SwaggerUIBundle({ url: document_, dom_id: '#swagger-ui', deepLinking: true, validatorUrl: null, displayRequestDuration: true });
`;

/** The directory of Swagger UI's files, which come with `@nestjs/swagger`. */
export function resolveAssetsDirectory(): string {
  const swagger = createRequire(import.meta.url).resolve('@nestjs/swagger');
  return dirname(createRequire(swagger).resolve('swagger-ui-dist/package.json'));
}
