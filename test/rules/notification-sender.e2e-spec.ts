/** Sending notifications to receivers that answer, refuse, hang, redirect, or answer without end. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { IncomingMessage, RequestListener } from 'node:http';
import { NotifyAllow } from '../../src/config/notify-allow.js';
import { AddressPolicy, type ResolveAll } from '../../src/rules/delivery/address-policy.js';
import {
  type Notification,
  NotificationSender,
  type SenderOptions,
  type SendResult,
} from '../../src/rules/delivery/notification-sender.js';
import { findFreePorts } from '../harness/free-ports.js';
import { createCertificate } from '../support/certificate.js';
import { afterTest } from '../support/cleanup.js';
import { startHttpServer, startHttpsServer } from '../support/http-server.js';

const SECRET_PATH = '/services/T0/B0/s3cret';
const NEVER = new AbortController().signal;
/** Ends attempts at receivers that never answer. */
const SHORT: SenderOptions = { timeoutMs: 100 };
const ANSWERED = (status: number): SendResult => ({ kind: 'answered', status, tookMs: expect.any(Number) });
const FAILED = (reason: string): SendResult => ({ kind: 'failed', reason, tookMs: expect.any(Number) });

const resolveTo =
  (address: string): ResolveAll =>
  (_hostname, _options, callback) =>
    callback(null, [{ address, family: 4 }]);

function createSender(
  options: SenderOptions = {},
  allow = '127.0.0.1, localhost',
  resolve: ResolveAll = resolveTo('127.0.0.1'),
): NotificationSender {
  return new NotificationSender(new AddressPolicy(NotifyAllow.parse(allow), resolve), options);
}

function createNotification(origin: string): Notification {
  return { url: origin + SECRET_PATH, headers: { 'content-type': 'application/json' }, body: '{"text":"für"}' };
}

/** Starts a receiver and sends it one notification. */
async function sendTo(
  onRequest: RequestListener,
  options: SenderOptions = {},
  signal = NEVER,
): Promise<{ result: SendResult; host: string }> {
  const { url } = await startHttpServer(onRequest);
  const result = await createSender(options).send(createNotification(url), signal);
  return { result, host: new URL(url).host };
}

describe('a notification', () => {
  it('arrives as one POST with its headers and its body, on a connection of its own', async () => {
    let received: IncomingMessage | undefined;
    let body = '';
    const { result } = await sendTo((request, response) => {
      received = request;
      request.setEncoding('utf8').on('data', (text: string) => (body += text));
      request.on('end', () => response.writeHead(202).end('thanks'));
    });
    expect(result).toEqual(ANSWERED(202));
    expect(received).toMatchObject({ method: 'POST', url: SECRET_PATH });
    expect(received?.headers).toMatchObject({
      'content-type': 'application/json',
      'content-length': '15',
      'user-agent': expect.stringMatching(/^Tallyboard\/\d/),
      connection: 'close',
    });
    expect(body).toBe('{"text":"für"}');
  });

  it.each([200, 204, 400, 410, 429, 500])('that is answered with %i reports it', async (status) => {
    const { result } = await sendTo((_request, response) => response.writeHead(status).end());
    expect(result).toEqual(ANSWERED(status));
  });

  it.each([301, 302, 307, 308])('does not follow a redirect with %i to a private address', async (status) => {
    let visits = 0;
    const inside = await startHttpServer((_request, response) => {
      visits += 1;
      response.end();
    });
    const { result } = await sendTo((_request, response) => response.writeHead(status, { location: inside.url }).end());
    expect(result).toEqual(ANSWERED(status));
    expect(visits).toBe(0);
  });

  it('counts as answered when the answer has no end, which is cut off', async () => {
    let isCut: Promise<unknown> | undefined;
    const { result } = await sendTo((_request, response) => {
      isCut = once(response, 'close');
      const write = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(16_384)));
      };
      response.on('drain', write);
      write();
    });
    expect(result).toEqual(ANSWERED(200));
    await isCut;
  });

  it('counts as answered when it is stopped after the status, or the rest of the answer is cut off', async () => {
    const stop = new AbortController();
    const onStatus = (): void => void setImmediate(() => stop.abort());
    subscribe('http.client.response.finish', onStatus);
    afterTest(() => unsubscribe('http.client.response.finish', onStatus));
    const stopped = await sendTo((_request, response) => response.writeHead(201).write('a'), {}, stop.signal);
    expect(stopped.result).toEqual(ANSWERED(201));

    const cut = await sendTo((request, response) => {
      response.writeHead(200, { 'content-length': 100 });
      request.resume().on('end', () => response.write('a', () => request.socket.destroy()));
    });
    expect(cut.result).toEqual(ANSWERED(200));
  });

  it('over TLS arrives at a receiver whose certificate is trusted', async () => {
    const certificate = createCertificate();
    const { port } = await startHttpsServer(certificate, (_request, response) => response.writeHead(204).end());
    const sender = createSender({ ca: certificate.cert });
    for (const host of ['127.0.0.1', 'localhost']) {
      expect(await sender.send(createNotification(`https://${host}:${port}`), NEVER)).toEqual(ANSWERED(204));
    }
  });
});

describe('a notification fails', () => {
  it('when the receiver does not answer in time', async () => {
    const { result, host } = await sendTo(() => undefined, SHORT);
    expect(result).toEqual(FAILED(`${host} did not answer within 0.1 s`));
  });

  it('when the headers of the answer do not end', async () => {
    const { result, host } = await sendTo(({ socket }) => socket.write('HTTP/1.1 200 OK\r\nX-Slow: '), SHORT);
    expect(result).toEqual(FAILED(`${host} did not answer within 0.1 s`));
  });

  it('when DNS does not answer in time', async () => {
    const sender = createSender(SHORT, '', () => undefined);
    expect(await sender.send(createNotification('https://hooks.example.org'), NEVER)).toEqual(
      FAILED('hooks.example.org did not answer within 0.1 s'),
    );
  });

  it('when it is stopped, before or while it waits', async () => {
    const { result, host } = await sendTo(() => undefined, {}, AbortSignal.abort());
    expect(result).toEqual(FAILED(`the service stopped before ${host} answered`));
    const stop = new AbortController();
    const waiting = await sendTo(() => stop.abort(), {}, stop.signal);
    expect(waiting.result).toEqual(FAILED(`the service stopped before ${waiting.host} answered`));
  });

  it('when the connection is refused', async () => {
    const [port] = await findFreePorts(1);
    expect(await createSender().send(createNotification(`http://localhost:${port}`), NEVER)).toEqual(
      FAILED(`localhost:${port} refused the connection`),
    );
  });

  it('when the receiver hangs up, answers with an upgrade, or with other bytes than HTTP', async () => {
    const cut = await sendTo(({ socket }) => socket.destroy());
    expect(cut.result).toEqual(FAILED(`${cut.host} closed the connection without an answer`));
    const upgraded = await sendTo(({ socket }) =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'),
    );
    expect(upgraded.result).toEqual(FAILED(`${upgraded.host} closed the connection without an answer`));
    const other = await sendTo(({ socket }) => socket.end('220 mail.example.org ESMTP\r\n'));
    expect(other.result).toEqual(
      FAILED(expect.stringMatching(/ sent an answer that is not valid HTTP \(HPE_\w+\)$/) as string),
    );
  });

  it('when the certificate is not trusted, or is that of another name', async () => {
    const certificate = createCertificate();
    const { port } = await startHttpsServer(certificate, (_request, response) => response.end());
    expect(await createSender().send(createNotification(`https://localhost:${port}`), NEVER)).toEqual(
      FAILED(`the certificate of localhost:${port} is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT)`),
    );
    const sender = createSender({ ca: certificate.cert }, '127.0.0.1');
    expect(await sender.send(createNotification(`https://other.example.org:${port}`), NEVER)).toEqual(
      FAILED(`the certificate of other.example.org:${port} is not trusted (ERR_TLS_CERT_ALTNAME_INVALID)`),
    );
  });

  it('when the receiver does not speak TLS', async () => {
    const { port } = await startHttpServer((_request, response) => response.end());
    expect(await createSender().send(createNotification(`https://127.0.0.1:${port}`), NEVER)).toEqual(
      FAILED(expect.stringMatching(/^127\.0\.0\.1:\d+ failed the TLS handshake \(\w+\)$/) as string),
    );
  });

  it('when the name resolves to a private address, or is not known', async () => {
    const inside = createSender({}, '', resolveTo('10.0.0.1'));
    expect(await inside.send(createNotification('https://hooks.example.org'), NEVER)).toEqual(
      FAILED(
        'hooks.example.org:443 resolves to 10.0.0.1, which is not a public address: ' +
          'use a host with public addresses only, or add hooks.example.org:443 to NOTIFY_ALLOW',
      ),
    );
    const unknown = createSender({}, '', (_hostname, _options, callback) => callback(null, []));
    expect(await unknown.send(createNotification('https://hooks.example.org'), NEVER)).toEqual(
      FAILED('hooks.example.org is not known to DNS: correct the host in the URL'),
    );
  });

  it('when its URL is no longer allowed', async () => {
    const sender = createSender({}, '');
    expect(await sender.send(createNotification('http://127.0.0.1:8080'), NEVER)).toEqual(
      FAILED(
        'the URL must not point to 127.0.0.1, which is not a public address: use another, or add 127.0.0.1:8080 to NOTIFY_ALLOW',
      ),
    );
  });
});
