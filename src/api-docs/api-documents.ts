/** The documents as text, made when they are first asked for. */
import { type INestApplication, Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { VERSION } from '../config/version.js';

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
    return JSON.stringify(openApiOf(this.#app, VERSION));
  }

  async #createAsyncApi(): Promise<string> {
    const { createAsyncApi: asyncApiOf } = await import('./asyncapi.js');
    return JSON.stringify(asyncApiOf(VERSION, this.config.BASE_PATH));
  }
}
