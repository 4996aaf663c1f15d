/** The documents as text, made when they are first asked for. */
import { createRequire } from 'node:module';
import { type INestApplication, Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

/**
 * Loading Swagger at the start would make that a third longer, and costs 25 MB. Who asks first waits half a second for it; the
 * loop is held for 150 ms of it at most, once.
 */
@Injectable()
export class ApiDocuments {
  #app: INestApplication | undefined;
  #openApi: Promise<string> | undefined;
  #asyncApi: Promise<string> | undefined;

  constructor(private readonly config: Config) {}

  /** Says which application the documents are about. */
  setApplication(app: INestApplication): void {
    this.#app = app;
  }

  /** The OpenAPI document, as JSON. */
  getOpenApi(): Promise<string> {
    return (this.#openApi ??= this.#createOpenApi());
  }

  /** The AsyncAPI document, as JSON. */
  getAsyncApi(): Promise<string> {
    return (this.#asyncApi ??= this.#createAsyncApi());
  }

  async #createOpenApi(): Promise<string> {
    if (!this.#app) throw new Error('there is no application to describe');
    const { createOpenApi: openApiOf } = await import('./openapi.js');
    return JSON.stringify(openApiOf(this.#app, version));
  }

  async #createAsyncApi(): Promise<string> {
    const { createAsyncApi: asyncApiOf } = await import('./asyncapi.js');
    return JSON.stringify(asyncApiOf(version, this.config.BASE_PATH));
  }
}
