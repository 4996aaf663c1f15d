/** docs/reference/http-api.md lists every route of the service and no other, each with the right that it needs. */
import { startApi } from '../support/api-client.js';
import { readProjectFile, readTable } from '../support/markdown.js';

it('the table of routes matches the OpenAPI document', async () => {
  const { call } = await startApi();
  const { body } = await call('GET /openapi.json');
  const routes = Object.entries(body.paths as Record<string, Record<string, unknown>>).flatMap(([path, methods]) =>
    Object.keys(methods)
      .filter((method) => /^(get|put|patch|post|delete|options)$/.test(method))
      .map((method) => `${method.toUpperCase()} ${path}`),
  );
  const rows = readTable(readProjectFile('docs/reference/http-api.md'), 'Route', 'Right', 'Does');
  const listed = rows.flatMap(([cell = '']) => [...cell.matchAll(/`([^`]+)`/g)].map(([, route = '']) => route));
  expect(listed.toSorted()).toEqual(routes.toSorted());
});
