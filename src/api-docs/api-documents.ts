/** The OpenAPI and AsyncAPI documents as JSON, built on first request. */
import { type INestApplication, Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { VERSION } from '../config/version.js';

/**
 * Loads the modules that build the documents. The service does so while its store opens: a module that cannot be read
 * for want of a file descriptor fails once and for all, because Node remembers the failure.
 */
export async function loadDocumentBuilders(): Promise<void> {
  await Promise.all([import('./openapi.js'), import('./asyncapi.js')]);
}

/** Builds each document when it is first requested, which blocks the event loop for up to 150 ms, once. */
@Injectable()
export class ApiDocuments {
  #app: INestApplication | undefined;
  #openApi: string | undefined;
  #asyncApi: string | undefined;

  constructor(private readonly config: Config) {}

  /** Sets the application to describe. To be called once, after it has been created. */
  setApplication(app: INestApplication): void {
    this.#app = app;
  }

  /** Returns the OpenAPI document, serialized to JSON. */
  async getOpenApi(): Promise<string> {
    return (this.#openApi ??= await this.#createOpenApi());
  }

  /** Returns the AsyncAPI document, serialized to JSON. */
  async getAsyncApi(): Promise<string> {
    return (this.#asyncApi ??= await this.#createAsyncApi());
  }

  async #createOpenApi(): Promise<string> {
    if (!this.#app) throw new Error('setApplication() has not been called');
    const { createOpenApi } = await import('./openapi.js');
    return JSON.stringify(createOpenApi(this.#app, VERSION));
  }

  async #createAsyncApi(): Promise<string> {
    const { createAsyncApi } = await import('./asyncapi.js');
    return JSON.stringify(createAsyncApi(VERSION, this.config.BASE_PATH));
  }
}
