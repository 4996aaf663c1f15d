/** Generates clients from the OpenAPI document and models from the AsyncAPI document, compiles them and runs them. */
import { mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { ROOT } from './tools.mjs';

const FOLDER = `${ROOT}tools/generators`;
const GENERATED = `${FOLDER}/generated`;

/** Imports an ES module or a CommonJS module of `tools/generators`. */
function importTool(name) {
  return import(pathToFileURL(createRequire(`${FOLDER}/package.json`).resolve(name)).href);
}

/**
 * Generates all of them into `tools/generators/generated`.
 * @param runTool runs a tool of the folder with its arguments
 */
export async function generateClients(documents, runTool) {
  rmSync(GENERATED, { recursive: true, force: true });
  mkdirSync(GENERATED);
  const { asyncApi, openApiFile } = documents;
  await runTool('openapi-typescript', [openApiFile, '-o', `${GENERATED}/openapi-typescript.ts`]);
  const hey = ['-i', openApiFile, '-o', `${GENERATED}/hey-api`, '-c', '@hey-api/client-fetch', '--no-log-file'];
  await runTool('openapi-ts', hey);
  const swagger = ['generate', '-p', openApiFile, '-o', `${GENERATED}/swagger-typescript-api`, '-n', 'client.ts'];
  await runTool('swagger-typescript-api', [...swagger, '--silent']);
  const orval = await importTool('orval');
  await orval.default.generate({
    input: { target: openApiFile },
    output: {
      target: `${GENERATED}/orval.ts`,
      client: 'fetch',
      override: { mutator: { path: `${FOLDER}/clients/orval-request.ts`, name: 'request' } },
    },
  });
  const { TypeScriptFileGenerator } = await importTool('@asyncapi/modelina');
  const modelina = new TypeScriptFileGenerator({ modelType: 'interface', rawPropertyNames: true, mapType: 'record' });
  await modelina.generateToFiles(asyncApi, `${GENERATED}/modelina`, { exportType: 'named' });
}

/** Compiles them in strict mode, and counts with each on a service. */
export async function countWithClients({ url, token }, run, runTool) {
  await runTool('tsc', ['-p', FOLDER]);
  const { build } = await import('esbuild');
  const program = `${GENERATED}/main.mjs`;
  await build({
    entryPoints: [`${FOLDER}/clients/main.ts`],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
  });
  await run(process.execPath, [program, url, token]);
}
