/** Express behind a server that is built for it, and that answers even a broken request with a problem. */
import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import type { NestApplicationOptions } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import express, { type Express } from 'express';
import { underBasePath } from './base-path.js';
import { browserHeaders } from './security-headers.js';
import { Config } from '../config/config.js';
import { type ErrorCode, TallyError } from '../counters/errors.js';
import { Handshakes } from './pending-connections.js';
import { refuseSocket, sendProblem } from './problem-details.js';
import { requestGate } from './request-validation.js';
import { events } from '../telemetry/events.js';

/** Connections that the kernel may hold ready for `accept`: a crowd of viewers returns all at once. Capped by `somaxconn`. */
const BACKLOG = 4_096;
/** Longer than the 60 s of nginx and the usual load balancers, so that it is never this side that closes under a request. */
const KEEP_ALIVE_MS = 65_000;
/** How often connections are looked at whose headers are late, milliseconds; more often when they may take less. */
const LATE_CHECK_MS = 1_000;
/** Silence of a connection after which the kernel asks whether the other end is still there. */
const PROBE_AFTER_MS = 60_000;

export class HttpAdapter extends ExpressAdapter {
  /** True from the moment that Nest begins to close. */
  #stopping = false;

  constructor(private readonly config: Config = new Config()) {
    super(expressOf());
    const setHeaders = browserHeaders(config.ALLOWED_ORIGINS);
    const gate = requestGate(() => this.#stopping, config);
    // One for both: each that Express has to go through costs a change half a microsecond and more.
    this.instance.use((request: express.Request, response: express.Response, next: express.NextFunction) =>
      setHeaders(request, response, () => gate(request, response, next)),
    );
  }

  override beforeClose(): void {
    super.beforeClose();
    this.#stopping = true;
  }

  /** As Nest's own, with classes that have Express' prototypes already, and with an answer to what is not HTTP. */
  override initHttpServer(options: NestApplicationOptions): void {
    const app = this.getInstance<Express>();
    const handshakes = new Handshakes(this.config.MAX_PENDING_CONNECTIONS);
    const listener = handshakes.endedBy(telling(underBasePath(this.config.BASE_PATH, app)));
    const classes = wantsReadyPrototypes() ? readyPrototypes(app) : {};
    const settings = {
      ...classes,
      keepAliveTimeout: KEEP_ALIVE_MS,
      requireHostHeader: false,
      // A stream of changes may take for ever; bodies that are read whole have a limit of their own: request.gate.ts.
      requestTimeout: 0,
      // Node's own default falls to the above: headers would have no limit either.
      headersTimeout: this.config.HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: Math.min(LATE_CHECK_MS, this.config.HEADERS_TIMEOUT_MS),
      maxHeaderSize: this.config.MAX_HEADER_BYTES,
      // Finds connections whose other end is gone without a word.
      keepAlive: true,
      keepAliveInitialDelay: PROBE_AFTER_MS,
    };
    const server = options.httpsOptions
      ? https.createServer({ ...options.httpsOptions, ...settings }, listener)
      : http.createServer(settings, listener);
    this.httpServer = server;
    answerBrokenRequests(server);
    handshakes.limit(server);
    if (options.return503OnClosing) {
      this.use((_request: unknown, response: express.Response, next: express.NextFunction) => {
        if (this.#stopping) response.set('Connection', 'close').status(503).send('Service Unavailable');
        else next();
      });
    }
    if (options.forceCloseConnections) this['trackOpenConnections']();
  }

  override listen(
    port: number | string,
    ...rest: [hostname?: string | (() => void), callback?: () => void]
  ): http.Server {
    const host = rest.find((argument) => typeof argument === 'string');
    const callback = rest.find((argument) => typeof argument === 'function');
    return this.httpServer.listen({ port: Number(port), host, backlog: BACKLOG }, callback);
  }
}

/** A listener that tells of each request before it answers it. */
function telling(listener: http.RequestListener): http.RequestListener {
  return (request, response) => {
    if (events.requestStarted.hasSubscribers)
      events.requestStarted.runStores({ request, response }, () => listener(request, response));
    else listener(request, response);
  };
}

/** An Express application that is as exact about paths as the original's router, and adds nothing to answers. */
function expressOf(): Express {
  const app = express();
  app.enable('case sensitive routing');
  app.enable('strict routing');
  app.disable('etag');
  app.disable('x-powered-by');
  return app;
}

/**
 * Express changes the prototype of every request and response, which throws their objects off the fast path of the V8 in
 * Node 20 and 22: on Node 20 160 to 200 us a change in place of 55 to 65 (wrk). Node 24 does not mind.
 */
function wantsReadyPrototypes(): boolean {
  return Number(process.versions.node.split('.')[0]) < 24;
}

/** Classes whose objects are born with Express' prototypes, so that its change of them is none. */
function readyPrototypes(app: Express): Pick<http.ServerOptions, 'IncomingMessage' | 'ServerResponse'> {
  function ReadyRequest(this: http.IncomingMessage, ...args: unknown[]): void {
    Reflect.apply(http.IncomingMessage, this, args);
  }
  function ReadyResponse(this: http.ServerResponse, ...args: unknown[]): void {
    Reflect.apply(http.ServerResponse, this, args);
  }
  ReadyRequest.prototype = app.request;
  ReadyResponse.prototype = app.response;
  return { IncomingMessage: ReadyRequest, ServerResponse: ReadyResponse } as unknown as http.ServerOptions;
}

function answerBrokenRequests(server: http.Server): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: AnsweringSocket) => {
    if (socket.broken) return;
    socket.broken = true;
    refuseInTurn(socket, brokenRequest(error));
  });
  server.on('checkExpectation', (request, response) => {
    const expectation = String(request.headers.expect);
    response.shouldKeepAlive = false;
    sendProblem(response, new TallyError('expectation-failed', `the expectation ${expectation} cannot be met`));
  });
  server.on('connect', (request, socket) => {
    const allow = ['GET', 'POST', 'DELETE'];
    refuseSocket(socket, new TallyError('method-not-allowed', 'CONNECT is for proxies', { allow }), request);
  });
}

/** A connection's socket, with the answer that it is at. */
interface AnsweringSocket extends Socket {
  _httpMessage?: http.ServerResponse | null;
  /** What comes after a broken request is not read, but the parser complains of every piece. */
  broken?: boolean;
}

/** Requests that came whole, before the broken one, get their answers first: what they changed is counted. */
function refuseInTurn(socket: AnsweringSocket, error: TallyError): void {
  const response = socket._httpMessage;
  if (response?.req.complete) response.once('close', () => refuseInTurn(socket, error));
  // An answer that is under way would be torn by another in its middle.
  else if (response?.headersSent) socket.destroy();
  else refuseSocket(socket, error);
}

/** The parser's error codes (llhttp), as problems. */
function brokenRequest({ code, message }: NodeJS.ErrnoException): TallyError {
  const kinds: Readonly<Record<string, ErrorCode>> = {
    HPE_HEADER_OVERFLOW: 'headers-too-large',
    ERR_HTTP_REQUEST_TIMEOUT: 'request-timeout',
  };
  return new TallyError(kinds[code ?? ''] ?? 'invalid-request', `the request cannot be read as HTTP/1.1 (${message})`);
}
