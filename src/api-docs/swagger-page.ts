/** The Swagger UI page. All of its files come from this service. */
import { createRequire } from 'node:module';
import { dirname } from 'node:path';

/** Allows inline styles, which Swagger UI writes, and images in `data:` URLs, which these contain. */
export const SWAGGER_PAGE_CSP =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

/** Files of Swagger UI that the page loads. */
export const SWAGGER_ASSETS: readonly string[] = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'];

/** Returns the HTML. @param basePath path of its files, relative to the URL of the page */
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

/** Starts Swagger UI with the document beside the page. `validatorUrl: null` keeps it from calling swagger.io. */
export const START_SCRIPT = `const document_ = new URL('../openapi.json', document.currentScript.src).href;
SwaggerUIBundle({ url: document_, dom_id: '#swagger-ui', deepLinking: true, validatorUrl: null, displayRequestDuration: true });
`;

/** Returns the directory of Swagger UI's files, a dependency of `@nestjs/swagger`. */
export function resolveAssetsDirectory(): string {
  const swagger = createRequire(import.meta.url).resolve('@nestjs/swagger');
  return dirname(createRequire(swagger).resolve('swagger-ui-dist/package.json'));
}
