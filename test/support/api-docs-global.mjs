/**
 * Jest's globalSetup and globalTeardown. The first call writes the OpenAPI and AsyncAPI documents of the built service
 * to a temporary directory, whose path is in TEST_DOCUMENTS; the second call deletes it.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export default async function writeOrRemoveDocuments() {
  const existingDirectory = process.env.TEST_DOCUMENTS;
  if (existingDirectory) {
    delete process.env.TEST_DOCUMENTS;
    rmSync(existingDirectory, { recursive: true });
    return;
  }
  const { createApp } = await import('../../dist/app.js');
  const { Config } = await import('../../dist/config/config.js');
  const { ApiDocuments } = await import('../../dist/api-docs/api-documents.js');
  const app = await createApp(Object.assign(new Config(), { STORE: 'memory', LOG_LEVEL: 'error' }));
  const directory = mkdtempSync(join(tmpdir(), 'tallyboard-documents-'));
  process.env.TEST_DOCUMENTS = directory;
  writeFileSync(join(directory, 'openapi.json'), await app.get(ApiDocuments).getOpenApi());
  writeFileSync(join(directory, 'asyncapi.json'), await app.get(ApiDocuments).getAsyncApi());
  await app.close();
}
