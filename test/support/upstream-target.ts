/**
 * Puts a relay before each application that a test starts in its own process, if TEST_UPSTREAM is set. Both have the
 * same configuration. Applications that are relays, or that run in processes of their own, stay as they are.
 */
import type { AddressInfo } from 'node:net';
import { createApp } from '../../src/app.js';
import { Config } from '../../src/config/config.js';
import { hasAccessRules } from '../../src/config/access-mode.js';
import { NotifyAllow } from '../../src/config/notify-allow.js';
import { Secret, TokenList } from '../../src/config/token-list.js';

const isEnabled = process.env['TEST_UPSTREAM'] === '1';
const RELAY_TOKEN = 'relay-token-of-the-tests';

interface Upstream {
  /** Configuration that makes an application its relay. */
  readonly relayOf: Partial<Config>;
  readonly close: () => Promise<void>;
}

/** Starts the upstream of an application. */
export async function startUpstream(config: Config): Promise<Upstream> {
  if (!isEnabled || config.STORE === 'upstream') return { relayOf: {}, close: async () => {} };
  const hasRules = hasAccessRules(config);
  const { tokens } = config.READ_TOKENS;
  const relayTokens = TokenList.parse(`relay:${RELAY_TOKEN}`).tokens;
  const READ_TOKENS = Object.assign(TokenList.parse(''), { tokens: [...tokens, ...relayTokens] });
  const upstream = await createApp(Object.assign(new Config(), config, hasRules && { READ_TOKENS }));
  await upstream.listen(0, '127.0.0.1');
  const { port } = upstream.getHttpServer().address() as AddressInfo;
  return {
    relayOf: {
      STORE: 'upstream',
      UPSTREAM_URL: `http://127.0.0.1:${port}${config.BASE_PATH}`,
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
