/** A service that is killed undoes each revision at most once, and answers retries of an undo as it did before. */
import { eventually } from '../support/cleanup.js';
import { SEED } from '../support/rounds.js';
import { startService } from '../support/service.js';
import { createTempDirectory } from '../support/temp-directory.js';
import { expectUndosCounted, UndoClients } from '../support/undo-clients.js';

const KILLS = 4;
const ANSWERS_PER_LIFE = 60;

it(`a service killed ${KILLS} times undoes each revision once (seed ${SEED})`, async () => {
  const DATA_DIR = createTempDirectory();
  let service = await startService({ DATA_DIR });
  const env = { DATA_DIR, PORT: String(service.port) };
  await UndoClients.define(service);
  const clients = new UndoClients(() => [service], SEED);
  for (let round = 0; round < KILLS; round += 1) {
    const goal = clients.answered + ANSWERS_PER_LIFE;
    await eventually(() => clients.answered >= goal);
    await service.kill();
    service = await startService(env);
  }
  await clients.finish();
  await expectUndosCounted(clients, service);
  expect(await service.stop()).toBe(0);
});
