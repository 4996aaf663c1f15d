/** The documents as text, made when they are first asked for. */
import { createRequire } from 'node:module';
import { Inject, type INestApplication, Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

/**
 * Loading Swagger at the start would make that a third longer, and costs 25 MB. Who asks first waits half a second for it; the
 * loop is held for 150 ms of it at most, once.
 */
@Injectable()
export class Documents {
  #app: INestApplication | undefined;
  #openApi: Promise<string> | undefined;
  #asyncApi: Promise<string> | undefined;

  constructor(@Inject(Config) private readonly config: Config) {}

  /** Says which application the documents are about. */
  describe(app: INestApplication): void {
    this.#app = app;
  }

  /** The OpenAPI document, as JSON. */
  openApi(): Promise<string> {
    return (this.#openApi ??= this.#makeOpenApi());
  }

  /** The AsyncAPI document, as JSON. */
  asyncApi(): Promise<string> {
    return (this.#asyncApi ??= this.#makeAsyncApi());
  }

  async #makeOpenApi(): Promise<string> {
    if (!this.#app) throw new Error('there is no application to describe');
    const { openApiOf } = await import('./openapi.js');
    return JSON.stringify(openApiOf(this.#app, version));
  }

  async #makeAsyncApi(): Promise<string> {
    const { asyncApiOf } = await import('./asyncapi.js');
    return JSON.stringify(asyncApiOf(version, this.config.BASE_PATH));
  }
}
