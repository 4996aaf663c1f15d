/** Variables: how much the service takes, of whom, and for how long. */
import { Meaning } from './variable.decorators.js';
import { Reach } from './access.config.js';
import { WholeText } from '../validation/integer.decorator.js';

export class Limits extends Reach {
  @Meaning('Most viewers at a time. The next one gets 503.')
  @WholeText(0, 1_000_000)
  readonly MAX_VIEWERS: number = 20_000;

  @Meaning('Most viewers of one address at a time. The next one gets 429.')
  @WholeText(0, 1_000_000)
  readonly MAX_VIEWERS_PER_ADDRESS: number = 15_000;

  @Meaning('Attempts to watch per second and address, by WebSocket or as a stream. The next one gets 429.')
  @WholeText(1, 1_000_000)
  readonly MAX_UPGRADES_PER_S: number = 10_000;

  @Meaning('Changes per second and token. The next one gets 429, and a stream of changes waits. 0 for no limit.')
  @WholeText(0, 1_000_000_000)
  readonly MAX_CHANGES_PER_S: number = 0;

  @Meaning('Largest JSON body, bytes. A larger one gets 413.')
  @WholeText(1_024, 16 * 2 ** 20)
  readonly MAX_BODY_BYTES: number = 64 * 1_024;

  @Meaning('Most bytes of the request line and headers of a request. More get 431.')
  @WholeText(1_024, 2 ** 20)
  readonly MAX_HEADER_BYTES: number = 16 * 1_024;

  @Meaning('Milliseconds that the headers of a request may take to arrive, from the connection on. Later ones get 408.')
  @WholeText(100, 3_600_000)
  readonly HEADERS_TIMEOUT_MS: number = 20_000;

  @Meaning(
    'Milliseconds that the body of a request may take to arrive. A later one gets 408. Streams of changes may take for ever.',
  )
  @WholeText(100, 3_600_000)
  readonly BODY_TIMEOUT_MS: number = 30_000;

  @Meaning('Most connections at a time that have sent no whole request yet. One more, and the oldest is closed.')
  @WholeText(16, 1_000_000)
  readonly MAX_HANDSHAKES: number = 8_192;

  @Meaning('Most change sets that wait for the disk, or for Redis, at a time. The next one gets 503.')
  @WholeText(1, 10_000_000)
  readonly MAX_WAITING_CHANGES: number = 50_000;

  @Meaning('Most counters of a dashboard.')
  @WholeText(1, 1_000_000)
  readonly MAX_COUNTERS: number = 1_000;

  @Meaning('Most dashboards.')
  @WholeText(1, 1_000_000)
  readonly MAX_DASHBOARDS: number = 10_000;
}
