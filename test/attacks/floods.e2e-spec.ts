/** Floods: slow clients, silent connections, wrong tokens and upgrades without end, each from processes of their own. */
import { describeAttacks, SECRETS } from '../support/attack-harness.js';
import { startFlood, runSlowHttpTest } from '../support/flood-process.js';
import { formatRequest } from '../harness/http-text.js';
import { connectRaw } from '../support/raw-http.js';

import.meta.jest.setTimeout(120_000);

/** Of slowhttptest: many connections at once, which are slow for as long as they are let. */
const CROWD = ['-c', '300', '-r', '300', '-i', '1', '-p', '5'];

describeAttacks('Floods by slow clients', { HEADERS_TIMEOUT_MS: '1000', BODY_TIMEOUT_MS: '1000' }, (attacked) => {
  it('headers and bodies that never end are ended, and readers that hardly read keep nobody from anything', async () => {
    const { url } = attacked.service;
    const [headers, bodies, readers] = await Promise.all([
      runSlowHttpTest(`${url}/dashboard`, ...CROWD, '-l', '20', '-H', '-x', '24'),
      runSlowHttpTest(`${url}/order`, ...CROWD, '-l', '20', '-B', '-f', 'application/json', '-s', '4096', '-x', '10'),
      runSlowHttpTest(
        `${url}/docs`,
        ...CROWD,
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
    await attacked.expectUntouched();
  });
});

describeAttacks('Floods of connections', { HEADERS_TIMEOUT_MS: '600000' }, (attacked) => {
  it('of 20,000 that say no whole request the oldest go, and whoever has something to say is heard', async () => {
    const { port } = attacked.service;
    // All have been there, and so many are gone again that no more than MAX_PENDING_CONNECTIONS are left.
    const silent = (from: string) =>
      startFlood({ mode: 'silence', port, count: 10_000, localAddress: from }, /"closed":[4-9]\d{3}/);
    await Promise.all([silent('127.0.0.66'), silent('127.0.0.67')]);
    for (let at = 0; at < 20; at += 1) {
      const client = await connectRaw(port);
      client.send(formatRequest('GET /dashboard', { Authorization: `Bearer ${SECRETS.reader}`, Connection: 'close' }));
      expect((await client.readResponse()).status).toBe(200);
    }
    await attacked.expectUntouched();
  });
});

describeAttacks(
  'Floods of tokens and upgrades',
  { MAX_AUTH_FAILURES_PER_MIN: '60', MAX_WATCH_ATTEMPTS_PER_S: '200', MAX_VIEWERS_PER_ADDRESS: '100' },
  (attacked) => {
    const { expectUntouched } = attacked;

    it('of 2,000 wrong tokens sixty are looked at, and a neighbour at the same address whose token is right goes on', async () => {
      const { port } = attacked.service;
      const output = await startFlood({ mode: 'tokens', port, count: 2_000, localAddress: '127.0.0.1' }, /\n$/);
      expect(JSON.parse(output)).toEqual({ 401: 60, 429: 1_940 });
      await expectUntouched();
    });

    it('of 1,000 upgrades at once as many are let in as one address may have, and a viewer of another is let in beside them', async () => {
      const { port } = attacked.service;
      const output = await startFlood(
        { mode: 'upgrades', port, count: 1_000, localAddress: '127.0.0.66', token: SECRETS.reader },
        /\n$/,
      );
      const { 101: entered = 0, 429: refused = 0, ...others } = JSON.parse(output) as Readonly<Record<string, number>>;
      expect(others).toEqual({});
      expect(entered).toBeLessThanOrEqual(100);
      expect(entered + refused).toBe(1_000);
      await expectUntouched();
    });
  },
);
