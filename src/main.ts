/** Reads the configuration, starts the application, says where it listens, and stops it when told to. */
import { Logger } from '@nestjs/common';
import { createApp } from './app.js';
import { readConfig } from './config.js';
import { stopOnSignals } from './stop.js';
import { StoreOpenError } from './store/store.js';

const logger = new Logger('Tallyboard');
const { config, faults, warnings } = readConfig(process.env);
for (const warning of warnings) logger.warn(warning);
if (faults.length > 0) {
  process.stderr.write(`The configuration is not usable:\n${faults.map((fault) => `  ${fault}\n`).join('')}`);
  process.exit(1);
}

try {
  const app = await createApp(config);
  stopOnSignals(app, config.STOP_DEADLINE_MS);
  await app.listen(config.PORT, config.HOST);
  logger.log(`Listening on ${await app.getUrl()}`);
} catch (error) {
  if (error instanceof StoreOpenError) process.stderr.write(`${error.message}\n`);
  else logger.error(error);
  process.exit(1);
}
