/**
 * `TallyboardExpressAdapter` compared with Nest's `ExpressAdapter`: the same behaviour, with Express' prototypes set in
 * advance.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInThisContext } from 'node:vm';
import { Controller, Get, Module, type NestApplicationOptions } from '@nestjs/common';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import type { Express } from 'express';
import { TallyboardExpressAdapter } from '../../src/http/express.adapter.js';
import { ProblemFilter } from '../../src/http/problem.filter.js';
import { createCertificate } from '../support/certificate.js';
import { excludeFromChecks } from '../support/response-check.js';
import { afterTest } from '../support/cleanup.js';
import { formatRequest } from '../harness/http-text.js';
import { connectRaw } from '../support/raw-http.js';

@Controller()
class Hello {
  @Get()
  hello(): string {
    return 'hello';
  }
}

@Module({ controllers: [Hello], providers: [{ provide: APP_FILTER, useClass: ProblemFilter }] })
class HelloModule {}

const ADAPTERS = [
  ['TallyboardExpressAdapter', () => new TallyboardExpressAdapter()],
  ["Nest's ExpressAdapter", () => new ExpressAdapter()],
] as const;

setFlagsFromString('--allow-natives-syntax');
/** True unless V8 keeps the properties of an object in a hash table, where each access costs a look-up. */
const hasFastProperties = runInThisContext('(object) => %HasFastProperties(object)') as (object: object) => boolean;

async function listen(adapter: ExpressAdapter, options: NestApplicationOptions = {}) {
  const app = await NestFactory.create(HelloModule, adapter, { logger: false, ...options });
  afterTest(() => app.close());
  await app.listen(0, '127.0.0.1');
  const server = app.getHttpServer() as Server;
  const { port } = server.address() as AddressInfo;
  excludeFromChecks(port);
  return { app, server, port };
}

it('requests and responses have the prototypes of Express from the start', async () => {
  const adapter = new TallyboardExpressAdapter();
  const { server, port } = await listen(adapter);
  const express = adapter.getInstance<Express>();
  const prototypes: unknown[] = [];
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    prototypes.push(Object.getPrototypeOf(request), Object.getPrototypeOf(response));
  });
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('hello');
  const expected = [express.request, express.response];
  expect(prototypes.map((prototype, index) => prototype === expected[index])).toEqual([true, true]);
});

it('V8 keeps the properties of requests and responses at fixed places', async () => {
  const { server, port } = await listen(new TallyboardExpressAdapter());
  const fast: boolean[] = [];
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    fast.push(hasFastProperties(request), hasFastProperties(response));
  });
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('hello');
  expect(fast).toEqual([true, true]);
});

describe.each(ADAPTERS)('%s', (_, createAdapter) => {
  it('serves over TLS with httpsOptions', async () => {
    const { key, cert } = createCertificate();
    const httpsOptions = { key, cert };
    const { port } = await listen(createAdapter(), { httpsOptions });
    const status = await new Promise((resolve, reject) => {
      https
        .get({ port, host: '127.0.0.1', ca: cert, agent: false })
        .on('response', (response) => resolve(response.resume().statusCode))
        .on('error', reject);
    });
    expect(status).toBe(200);
  });

  it('closes open connections at once with forceCloseConnections', async () => {
    const { app, port } = await listen(createAdapter(), { forceCloseConnections: true });
    const client = await connectRaw(port);
    client.send('GET / HTTP/1.1\r\n');
    const idle = await connectRaw(port);
    idle.send(formatRequest('GET /'));
    expect((await idle.readResponse()).status).toBe(200);
    await app.close();
    await client.waitForClose();
    await idle.waitForClose();
  });

  it('answers 503 while it closes with return503OnClosing', async () => {
    const adapter = createAdapter();
    const { port } = await listen(adapter, { return503OnClosing: true });
    adapter.beforeClose();
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(503);
  });
});

it('has a timeout for request headers but none for a whole request', async () => {
  const { server } = await listen(new TallyboardExpressAdapter());
  expect([server.requestTimeout, server.headersTimeout]).toEqual([0, 20_000]);
});
