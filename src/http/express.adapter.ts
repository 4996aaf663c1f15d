/** Express behind a server that is built for it, and that answers even a broken request with a problem. */
import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import type { NestApplicationOptions } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import express, { type Express } from 'express';
import { mountAtBasePath } from './base-path.js';
import { createSecurityHeaders } from './security-headers.js';
import { Config } from '../config/config.js';
import { type ErrorCode, TallyError } from '../counters/errors.js';
import { PendingConnections } from './pending-connections.js';
import { refuseSocket, sendProblem } from './problem-details.js';
import { createRequestValidation } from './request-validation.js';
import { events } from '../telemetry/events.js';

/** Connections that the kernel may hold ready for `accept`: a crowd of viewers returns all at once. Capped by `somaxconn`. */
const LISTEN_BACKLOG = 4_096;
/** Longer than the 60 s of nginx and the usual load balancers, so that it is never this side that closes under a request. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
/** How often connections are looked at whose headers are late, milliseconds; more often when they may take less. */
const TIMEOUT_CHECK_INTERVAL_MS = 1_000;
/** Silence of a connection after which the kernel asks whether the other end is still there. */
const TCP_KEEP_ALIVE_DELAY_MS = 60_000;

export class TallyboardExpressAdapter extends ExpressAdapter {
  /** True from the moment that Nest begins to close. */
  #isStopping = false;

  constructor(private readonly config: Config = new Config()) {
    super(createExpressApp());
    const setHeaders = createSecurityHeaders(config.ALLOWED_ORIGINS);
    const validateRequest = createRequestValidation(() => this.#isStopping, config);
    // One for both: each that Express has to go through costs a change half a microsecond and more.
    this.instance.use((request: express.Request, response: express.Response, next: express.NextFunction) =>
      setHeaders(request, response, () => validateRequest(request, response, next)),
    );
  }

  override beforeClose(): void {
    super.beforeClose();
    this.#isStopping = true;
  }

  /** As Nest's own, with classes that have Express' prototypes already, and with an answer to what is not HTTP. */
  override initHttpServer(options: NestApplicationOptions): void {
    const app = this.getInstance<Express>();
    const pendingConnections = new PendingConnections(this.config.MAX_PENDING_CONNECTIONS);
    const listener = pendingConnections.wrapListener(publishRequests(mountAtBasePath(this.config.BASE_PATH, app)));
    const classes = needsPresetPrototypes() ? createPresetClasses(app) : {};
    const settings = {
      ...classes,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      requireHostHeader: false,
      // A stream of changes may take for ever; bodies that are read whole have a limit of their own: request.gate.ts.
      requestTimeout: 0,
      // Node's own default falls to the above: headers would have no limit either.
      headersTimeout: this.config.HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: Math.min(TIMEOUT_CHECK_INTERVAL_MS, this.config.HEADERS_TIMEOUT_MS),
      maxHeaderSize: this.config.MAX_HEADER_BYTES,
      // Finds connections whose other end is gone without a word.
      keepAlive: true,
      keepAliveInitialDelay: TCP_KEEP_ALIVE_DELAY_MS,
    };
    const server = options.httpsOptions
      ? https.createServer({ ...options.httpsOptions, ...settings }, listener)
      : http.createServer(settings, listener);
    this.httpServer = server;
    handleMalformedRequests(server);
    pendingConnections.attachTo(server);
    if (options.return503OnClosing) {
      this.use((_request: unknown, response: express.Response, next: express.NextFunction) => {
        if (this.#isStopping) response.set('Connection', 'close').status(503).send('Service Unavailable');
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
    return this.httpServer.listen({ port: Number(port), host, backlog: LISTEN_BACKLOG }, callback);
  }
}

/** A listener that tells of each request before it answers it. */
function publishRequests(listener: http.RequestListener): http.RequestListener {
  return (request, response) => {
    if (events.requestStarted.hasSubscribers)
      events.requestStarted.runStores({ request, response }, () => listener(request, response));
    else listener(request, response);
  };
}

/** An Express application that is as exact about paths as the original's router, and adds nothing to answers. */
function createExpressApp(): Express {
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
function needsPresetPrototypes(): boolean {
  return Number(process.versions.node.split('.')[0]) < 24;
}

/** Classes whose objects are born with Express' prototypes, so that its change of them is none. */
function createPresetClasses(app: Express): Pick<http.ServerOptions, 'IncomingMessage' | 'ServerResponse'> {
  function PresetRequest(this: http.IncomingMessage, ...args: unknown[]): void {
    Reflect.apply(http.IncomingMessage, this, args);
  }
  function PresetResponse(this: http.ServerResponse, ...args: unknown[]): void {
    Reflect.apply(http.ServerResponse, this, args);
  }
  PresetRequest.prototype = app.request;
  PresetResponse.prototype = app.response;
  return { IncomingMessage: PresetRequest, ServerResponse: PresetResponse } as unknown as http.ServerOptions;
}

function handleMalformedRequests(server: http.Server): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: ResponseSocket) => {
    if (socket.isBroken) return;
    socket.isBroken = true;
    refuseAfterResponse(socket, toMalformedRequestError(error));
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
interface ResponseSocket extends Socket {
  _httpMessage?: http.ServerResponse | null;
  /** What comes after a broken request is not read, but the parser complains of every piece. */
  isBroken?: boolean;
}

/** Requests that came whole, before the broken one, get their answers first: what they changed is counted. */
function refuseAfterResponse(socket: ResponseSocket, error: TallyError): void {
  const response = socket._httpMessage;
  if (response?.req.complete) response.once('close', () => refuseAfterResponse(socket, error));
  // An answer that is under way would be torn by another in its middle.
  else if (response?.headersSent) socket.destroy();
  else refuseSocket(socket, error);
}

/** The parser's error codes (llhttp), as problems. */
function toMalformedRequestError({ code, message }: NodeJS.ErrnoException): TallyError {
  const codes: Readonly<Record<string, ErrorCode>> = {
    HPE_HEADER_OVERFLOW: 'headers-too-large',
    ERR_HTTP_REQUEST_TIMEOUT: 'request-timeout',
  };
  return new TallyError(codes[code ?? ''] ?? 'invalid-request', `the request cannot be read as HTTP/1.1 (${message})`);
}
