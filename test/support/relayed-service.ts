/** Runs the built service as a child process, behind a relay if TEST_UPSTREAM is set. */
import { type Service, startService } from './service.js';
import { hasRelays, OF_THE_RELAY, RELAY_TOKEN } from './upstream-target.js';

/** Starts the service. With TEST_UPSTREAM, returns a relay of it with its variables. `stop` and `kill` end both. */
export async function startRelayedService(env: Readonly<Record<string, string>>): Promise<Service> {
  if (!hasRelays) return startService(env);
  const hasRules = Object.keys(env).some((name) => /^(READ_TOKENS|WRITE_TOKENS|ADMIN_TOKENS|JWT_)/.test(name));
  const shared = Object.entries(env).filter(([name]) => !Object.hasOwn(OF_THE_RELAY, name));
  const readTokens = [env['READ_TOKENS'], `relay:${RELAY_TOKEN}`].filter(Boolean).join(',');
  const upstream = await startService({
    ...Object.fromEntries(shared),
    ...(hasRules && { READ_TOKENS: readTokens }),
  });
  const relay = await startService({
    ...env,
    STORE: 'upstream',
    UPSTREAM_URL: upstream.url,
    ...(hasRules && { UPSTREAM_TOKEN: RELAY_TOKEN }),
  });
  const stop = async (signal?: NodeJS.Signals) => {
    const code = await relay.stop(signal);
    expect(await upstream.stop()).toBe(0);
    return code;
  };
  const kill = async () => {
    await relay.kill();
    await upstream.kill();
  };
  return { ...relay, stop, kill };
}
