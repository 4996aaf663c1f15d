/** Makes the application from a configuration: the same one for `main.ts` and for the tests. */
import type { Server } from 'node:http';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import type { Config } from './config/config.js';
import { LiveWsAdapter } from './dashboard/live/ws.adapter.js';
import { ApiDocuments } from './api-docs/api-documents.js';
import { TallyboardExpressAdapter } from './http/express.adapter.js';
import { type AppLogger, createLogger } from './ops/logger.js';

/**
 * The application, ready to listen.
 * @throws StoreOpenError when the store cannot be used; the message says what to do
 */
export async function createApp(config: Config, log?: AppLogger): Promise<INestApplication<Server>> {
  const logger = log ?? (await createLogger(config));
  const app = await NestFactory.create<INestApplication<Server>>(
    AppModule.forRoot(config, logger),
    new TallyboardExpressAdapter(config),
    {
      bodyParser: false,
      abortOnError: false,
      logger,
    },
  );
  app.useWebSocketAdapter(new LiveWsAdapter(app));
  app.get(ApiDocuments).setApplication(app);
  return app;
}
