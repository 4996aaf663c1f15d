/** Makes the application from a configuration: the same one for `main.ts` and for the tests. */
import type { Server } from 'node:http';
import { ConsoleLogger, type INestApplication, type LogLevel } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import type { Config } from './config.js';
import { LiveAdapter } from './dashboard/live/live.adapter.js';
import { Documents } from './docs/documents.js';
import { HttpAdapter } from './http.adapter.js';

const LOG_LEVELS: Readonly<Record<Config['LOG_LEVEL'], LogLevel[]>> = {
  error: ['fatal', 'error'],
  warn: ['fatal', 'error', 'warn'],
  info: ['fatal', 'error', 'warn', 'log'],
  debug: ['fatal', 'error', 'warn', 'log', 'debug', 'verbose'],
};

/**
 * The application, ready to listen.
 * @throws StoreOpenError when the store cannot be used; the message says what to do
 */
export async function createApp(config: Config): Promise<INestApplication<Server>> {
  const app = await NestFactory.create<INestApplication<Server>>(AppModule.of(config), new HttpAdapter(config), {
    bodyParser: false,
    abortOnError: false,
    logger: new ConsoleLogger({ logLevels: LOG_LEVELS[config.LOG_LEVEL] }),
  });
  app.useWebSocketAdapter(new LiveAdapter(app));
  app.get(Documents).describe(app);
  return app;
}
