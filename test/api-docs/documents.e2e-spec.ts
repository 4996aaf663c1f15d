/** The OpenAPI and AsyncAPI documents are valid and complete, and Swagger UI shows them. */
import SwaggerParser from '@apidevtools/swagger-parser';
import { Parser } from '@asyncapi/parser';
import type { Express } from 'express';
import { ERROR_CATALOG } from '../../src/counters/error-catalog.js';
import { CLOSE_CODES } from '../../src/protocol/close-codes.js';
import { startApi } from '../support/api-client.js';
import { startApp } from '../support/app.js';
import { type OpenApi, readDocument } from '../support/openapi-check.js';
import { startService } from '../support/service.js';

interface Operation {
  readonly security?: readonly object[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly example?: string }[];
}

interface Document extends OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApi['paths'][string][string] & Operation>>>>;
  readonly openapi: string;
  readonly servers: readonly { readonly url: string }[];
}

const openApi = readDocument('openapi.json') as Document;
const asyncApi = readDocument('asyncapi.json') as { channels: { main: { description: string } } };

/** A layer of Express' router. Layers with a `route` are routes. */
interface Layer {
  readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> };
}

function documentedRoutes(): string[] {
  return Object.entries(openApi.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((verb) => `${verb} ${path}`),
  );
}

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', async () => {
    expect(openApi.openapi).toMatch(/^3\.1\./);
    await SwaggerParser.validate(structuredClone(openApi) as never);
  });

  it('describes every route of the router, and no others', async () => {
    const { app } = await startApp({ STORE: 'memory' });
    const { stack } = (app.getHttpAdapter().getInstance() as Express).router as unknown as { stack: readonly Layer[] };
    const routes = stack.flatMap(({ route }) =>
      Object.keys(route?.methods ?? {}).map((verb) => {
        const path = route?.path.replaceAll(/:(\w+)/g, '{$1}').replace('{/}', '');
        return `${verb} ${path}`;
      }),
    );
    expect(routes.length).toBeGreaterThan(20);
    expect(documentedRoutes().toSorted()).toEqual([...new Set(routes)].toSorted());
  });

  it('describes every problem of the catalogue', () => {
    const text = JSON.stringify(openApi);
    expect(Object.keys(ERROR_CATALOG).filter((code) => !text.includes(`\`${code}\`: `))).toEqual([]);
  });

  it('gives every operation an id of its own that begins with a verb', () => {
    const ids = Array.from(JSON.stringify(openApi).matchAll(/"operationId":"(\w+)"/g), ([, id = '']) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(documentedRoutes().length);
    const verbs = /^(add|apply|check|create|define|delete|get|list|remove|test|update)[A-Z]/;
    expect(ids.filter((id) => !verbs.test(id))).toEqual([]);
  });

  it('keeps successful answers in their operation, has no keywords beside a reference, and no shared part unused', () => {
    const references: string[] = [];
    JSON.stringify(openApi, (_, value: unknown) => {
      if (value === null || typeof value !== 'object' || !('$ref' in value)) return value;
      expect(Object.keys(value)).toEqual(['$ref']);
      references.push(String(value.$ref));
      return value;
    });
    const { securitySchemes: _, ...components } = openApi.components as unknown as Record<string, object>;
    const shared = Object.entries(components).flatMap(([kind, parts]) =>
      Object.keys(parts).map((name) => `#/components/${kind}/${name}`),
    );
    expect([...new Set(references)].toSorted()).toEqual(shared.toSorted());
    const successes = Object.values(openApi.paths).flatMap((operations) =>
      Object.values(operations).flatMap(({ responses }) =>
        Object.entries(responses).filter(([status]) => Number(status) < 400),
      ),
    );
    expect(successes.filter(([, response]) => '$ref' in response)).toEqual([]);
  });

  it('needs no credentials exactly where the description says so', () => {
    const operations = Object.values(openApi.paths).flatMap((path) => Object.values(path));
    for (const { description = '', security } of operations) {
      const isPublic = description.includes('Needs no token.');
      expect(security).toEqual([...(isPublic ? [{}] : []), { bearer: [] }]);
    }
  });

  it('describes a body of CSV as text, and a line of NDJSON as an object', () => {
    const content = openApi.paths['/dashboards/{dashboard}/history']?.['post']?.requestBody?.content ?? {};
    const schemas = Object.entries(content).map(([type, { schema }]) => [type, schema['$ref']]);
    expect(Object.fromEntries(schemas)).toMatchObject({
      'application/x-ndjson': '#/components/schemas/PastLine',
      'text/csv': '#/components/schemas/Csv',
    });
  });

  it('has an example of every path parameter', () => {
    for (const [path, operations] of Object.entries(openApi.paths)) {
      const names = Array.from(path.matchAll(/\{(\w+)\}/g), ([, name = '']) => name);
      for (const { parameters = [] } of Object.values(operations)) {
        const described = parameters.filter((parameter) => parameter.in === 'path');
        expect(described.map(({ name }) => name)).toEqual(names);
        expect(described.every(({ example }) => typeof example === 'string')).toBe(true);
      }
    }
  });

  it('has a relative server URL, which holds behind any prefix', () => {
    expect(openApi.servers).toEqual([{ url: '.' }]);
  });
});

describe('the AsyncAPI document', () => {
  it('is valid AsyncAPI 3.0', async () => {
    const { document, diagnostics } = await new Parser().parse(JSON.stringify(asyncApi));
    // The parser recommends a later version.
    expect(diagnostics.filter(({ code }) => code !== 'asyncapi-latest-version')).toEqual([]);
    expect(document?.version()).toBe('3.0.0');
    expect(
      document
        ?.channels()
        .all()
        .map((channel) => channel.address()),
    ).toEqual(['/dashboard', '/dashboards/{dashboard}', '/dashboards/{dashboard}/changes']);
  });

  it('describes every close code', () => {
    for (const { code, reason, reconnect } of Object.values(CLOSE_CODES)) {
      expect(asyncApi.channels.main.description).toContain(`| ${code} | ${reason} | ${reconnect ? 'yes' : 'no'} |`);
    }
  });
});

it('the built service serves both documents', async () => {
  const { url } = await startService({ STORE: 'memory' });
  for (const name of ['openapi.json', 'asyncapi.json'] as const) {
    expect(await (await fetch(`${url}/${name}`)).json()).toEqual(readDocument(name));
  }
});

it.each(['openapi.json', 'asyncapi.json', 'docs/swagger-ui-bundle.js', 'docs/swagger-ui.css', 'docs/start.js'])(
  '%s is served compressed, equal in every encoding, and not again to a client that has it',
  async (path) => {
    const { url } = await startApp({ STORE: 'memory' });
    const responses = await Promise.all(
      ['identity', 'gzip', 'br'].map((encoding) =>
        fetch(`${url}/${path}`, { headers: { 'Accept-Encoding': encoding } }),
      ),
    );
    const encodings = responses.map(({ headers }) => headers.get('content-encoding'));
    expect(encodings).toEqual([null, 'gzip', 'br']);
    const [plain, gzip, br] = responses.map(({ headers }) => Number(headers.get('content-length')));
    expect(gzip).toBeLessThan((plain ?? 0) / 2);
    expect(br).toBeLessThan(gzip ?? 0);
    const bodies = await Promise.all(responses.map((response) => response.text()));
    expect(new Set(bodies).size).toBe(1);
    for (const { headers } of responses) {
      expect(headers.get('vary')).toBe('Accept-Encoding');
      const conditional = {
        'Accept-Encoding': headers.get('content-encoding') ?? 'identity',
        'If-None-Match': headers.get('etag') ?? '',
      };
      expect((await fetch(`${url}/${path}`, { headers: conditional })).status).toBe(304);
    }
  },
);

describe('the Swagger UI page', () => {
  it.each(['/docs', '/docs/'])('at %s loads all of its files from this service', async (path) => {
    const { url } = await startApp({ STORE: 'memory' });
    const response = await fetch(url + path);
    expect(response.headers.get('content-security-policy')).toContain("default-src 'self'");
    const page = await response.text();
    expect(page).not.toMatch(/https?:\/\/|src="\/\/|href="\/\//);
    const links = Array.from(
      page.matchAll(/(?:src|href)="([^"]+)"/g),
      ([, link = '']) => new URL(link, url + path).href,
    );
    expect(links).toHaveLength(5);
    for (const link of links) {
      const file = await fetch(link);
      expect(file.status).toBe(200);
      expect(file.headers.get('cache-control')).toBeTruthy();
    }
    const start = await (await fetch(links.find((link) => link.endsWith('start.js')) ?? '')).text();
    expect(start).toContain("new URL('../openapi.json', document.currentScript.src)");
  });

  it('serves no other files', async () => {
    const { call } = await startApi({ STORE: 'memory' });
    expect(await call('GET /docs/package.json')).toMatchObject({ status: 404, body: { code: 'unknown-route' } });
    expect(await call('GET /docs/..%2Fpackage.json')).toMatchObject({ status: 404, body: { code: 'unknown-route' } });
  });
});
