/** Creates the application from a configuration, for the service and for tests. */
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
 * Creates the application, ready to listen.
 * @param log log to write to. Absent: a new one, as the configuration says
 * @throws StoreOpenError if the store cannot be opened; the message says what to do
 */
export async function createApp(config: Config, log?: AppLogger): Promise<INestApplication<Server>> {
  const logger = log ?? (await createLogger(config));
  const relay = config.STORE === 'upstream' ? (await import('./relay/relay.module.js')).RelayModule : undefined;
  const app = await NestFactory.create<INestApplication<Server>>(
    AppModule.forRoot(config, logger, relay),
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
