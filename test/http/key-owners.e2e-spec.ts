/** Whose an idempotency key is, on the embedded store: also after SIGKILL. */
import { startRelayedService } from '../support/relayed-service.js';
import type { Service } from '../support/service.js';
import { createTempDirectory } from '../support/temp-directory.js';
import { describeKeyOwners, TILL_VARIABLES } from './key-owners.contract.js';

const DATA_DIR = createTempDirectory();
let service: Service | undefined;

describeKeyOwners('the embedded store', async () => {
  await service?.kill();
  return (service = await startRelayedService({ DATA_DIR, ...TILL_VARIABLES }));
});
