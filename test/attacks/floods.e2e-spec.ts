/** Floods of slow clients, idle connections, wrong tokens and upgrades, each from its own process. */
import { describeAttacks, SECRETS } from '../support/attack-harness.js';
import { startFlood, runSlowHttpTest } from '../support/flood-process.js';
import { formatRequest } from '../harness/http-text.js';
import { connectRaw } from '../support/raw-http.js';

/** Arguments of slowhttptest: 300 connections at once, as slow as the service allows. */
const SLOW_CLIENTS = ['-c', '300', '-r', '300', '-i', '1', '-p', '60'];

describeAttacks('Floods by slow clients', { HEADERS_TIMEOUT_MS: '1000', BODY_TIMEOUT_MS: '1000' }, (attacked) => {
  it('endless headers and bodies time out, and slow readers do not affect other clients', async () => {
    const { url } = attacked.service;
    const [headers, bodies, readers] = await Promise.all([
      runSlowHttpTest(`${url}/dashboard`, ...SLOW_CLIENTS, '-l', '120', '-H', '-x', '24'),
      runSlowHttpTest(
        `${url}/order`,
        ...SLOW_CLIENTS,
        '-l',
        '120',
        '-B',
        '-f',
        'application/json',
        '-s',
        '4096',
        '-x',
        '10',
      ),
      runSlowHttpTest(
        `${url}/docs`,
        ...SLOW_CLIENTS,
        '-l',
        '3',
        '-X',
        '-w',
        '10',
        '-y',
        '20',
        '-n',
        '3',
        '-z',
        '32',
        '-k',
        '3',
      ),
    ]);
    for (const result of [headers, bodies, readers]) expect(result).toMatch(/service available:\s+YES/);
    for (const result of [headers, bodies]) expect(result).toContain('No open connections left');
    await attacked.expectUnchanged();
  });
});

describeAttacks('Floods of connections', { HEADERS_TIMEOUT_MS: '600000' }, (attacked) => {
  it('of 20,000 idle connections the oldest are closed, and other clients are still served', async () => {
    const { port } = attacked.service;
    // Each process opens 10,000 connections. At least 4,000 are closed, so at most MAX_PENDING_CONNECTIONS remain.
    const silent = (from: string) =>
      startFlood({ mode: 'idle', port, count: 10_000, localAddress: from }, /"closed":[4-9]\d{3}/);
    await Promise.all([silent('127.0.0.66'), silent('127.0.0.67')]);
    for (let at = 0; at < 20; at += 1) {
      const client = await connectRaw(port);
      client.send(formatRequest('GET /dashboard', { Authorization: `Bearer ${SECRETS.reader}`, Connection: 'close' }));
      expect((await client.readResponse()).status).toBe(200);
    }
    await attacked.expectUnchanged();
  });
});

describeAttacks(
  'Floods of tokens and upgrades',
  { MAX_AUTH_FAILURES_PER_MIN: '60', MAX_WATCH_ATTEMPTS_PER_S: '200', MAX_VIEWERS_PER_ADDRESS: '100' },
  (attacked) => {
    const { expectUnchanged } = attacked;

    it('of 2,000 wrong tokens 60 are checked, and a client with a valid token at the same address is not affected', async () => {
      const { port } = attacked.service;
      const output = await startFlood({ mode: 'tokens', port, count: 2_000, localAddress: '127.0.0.1' }, /\n$/);
      expect(JSON.parse(output)).toEqual({ 401: 60, 429: 1_940 });
      await expectUnchanged();
    });

    it('of 1,000 upgrades at once an address gets at most its limit, and a viewer of another address is accepted', async () => {
      const { port } = attacked.service;
      const output = await startFlood(
        { mode: 'upgrades', port, count: 1_000, localAddress: '127.0.0.66', token: SECRETS.reader },
        /\n$/,
      );
      const { 101: accepted = 0, 429: refused = 0, ...others } = JSON.parse(output) as Readonly<Record<string, number>>;
      expect(others).toEqual({});
      expect(accepted).toBeLessThanOrEqual(100);
      expect(accepted + refused).toBe(1_000);
      await expectUnchanged();
    });
  },
);
