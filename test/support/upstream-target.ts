/**
 * Puts a relay before each application that a test starts in its own process, if TEST_UPSTREAM is set. Both have the
 * same configuration, except for limits and names that a relay has for itself. Applications that are relays stay as
 * they are, and so do services in processes of their own that `startRelayedService` has not started.
 */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import { createApp } from '../../src/app.js';
import { Config } from '../../src/config/config.js';
import { hasAccessRules } from '../../src/config/access-mode.js';
import { NotifyAllow } from '../../src/config/notify-allow.js';
import { Secret, TokenList } from '../../src/config/token-list.js';

export const hasRelays = process.env['TEST_UPSTREAM'] === '1';
/** Expected of the ledger entry of a change that was sent without a key: a relay passes it on under one of its own. */
export const RELAY_KEY = hasRelays ? { key: expect.any(String) as unknown } : {};
export const RELAY_TOKEN = 'relay-token-of-the-tests';

const DEFAULTS = new Config();
/** Variables of the relay alone: its upstream keeps the defaults. */
export const OF_THE_RELAY: Partial<Config> = {
  ALLOWED_HOSTS: DEFAULTS.ALLOWED_HOSTS,
  MAX_CHANGES_PER_S: DEFAULTS.MAX_CHANGES_PER_S,
  MAX_HEADER_BYTES: DEFAULTS.MAX_HEADER_BYTES,
  MAX_VIEWERS: DEFAULTS.MAX_VIEWERS,
  MAX_VIEWERS_PER_ADDRESS: DEFAULTS.MAX_VIEWERS_PER_ADDRESS,
  MAX_WATCH_ATTEMPTS_PER_S: DEFAULTS.MAX_WATCH_ATTEMPTS_PER_S,
  METRICS_PORT: DEFAULTS.METRICS_PORT,
};

interface Upstream {
  /** Undefined without TEST_UPSTREAM, and for applications that are relays themselves. */
  readonly upstream?: INestApplication<Server>;
  readonly url?: string;
  /** Configuration that makes an application its relay. */
  readonly relayOf: Partial<Config>;
  readonly close: () => Promise<void>;
}

/** Starts the upstream of an application. */
export async function startUpstream(config: Config): Promise<Upstream> {
  if (!hasRelays || config.STORE === 'upstream') return { relayOf: {}, close: async () => {} };
  const hasRules = hasAccessRules(config);
  const { tokens } = config.READ_TOKENS;
  const relayTokens = TokenList.parse(`relay:${RELAY_TOKEN}`).tokens;
  const READ_TOKENS = Object.assign(TokenList.parse(''), { tokens: [...tokens, ...relayTokens] });
  const upstream = await createApp(Object.assign(new Config(), config, OF_THE_RELAY, hasRules && { READ_TOKENS }));
  await upstream.listen(0, '127.0.0.1');
  const { port } = upstream.getHttpServer().address() as AddressInfo;
  const url = `http://127.0.0.1:${port}${config.BASE_PATH}`;
  return {
    upstream,
    url,
    relayOf: {
      STORE: 'upstream',
      UPSTREAM_URL: url,
      UPSTREAM_TOKEN: new Secret(hasRules ? RELAY_TOKEN : ''),
      HOOKS_FILE: '',
      NOTIFY_ALLOW: NotifyAllow.parse(''),
    },
    close: () => {
      upstream.getHttpServer().closeAllConnections();
      return upstream.close();
    },
  };
}
