/** Express on an HTTP server tuned for it, which answers even malformed requests with a problem. */
import http from 'node:http';
import https from 'node:https';
import type { NestApplicationOptions } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import express, { type Express } from 'express';
import { publishAcceptErrors } from './accept-errors.js';
import { mountAtBasePath } from './base-path.js';
import { createSecurityHeaders } from './security-headers.js';
import { Config } from '../config/config.js';
import { type ErrorCode, TallyError } from '../counters/errors.js';
import { ConnectionLimits } from './connection-limits.js';
import { DirectRoutes } from './direct-routes.js';
import type { HttpSocket } from './http-socket.js';
import { serveReadsInTurn } from './pipelined-reads.js';
import { refuseSocket, sendProblem } from './problem-details.js';
import { findTargetError } from './request-target.js';
import { createRequestValidation } from './request-validation.js';
import { events } from '../telemetry/events.js';
import { ALL_METHODS, handleUnmatchedRoute } from './unmatched-route.js';

/** Length of the accept queue: after a restart all viewers reconnect at once. Capped by `somaxconn`. */
const LISTEN_BACKLOG = 4_096;
/** Longer than the 60 s of nginx and common load balancers, so that the server never closes a connection in use. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
/** Longest interval between checks for late headers, milliseconds. */
const TIMEOUT_CHECK_INTERVAL_MS = 1_000;
/** Idle time after which the kernel probes a connection (TCP keep-alive), milliseconds. */
const TCP_KEEP_ALIVE_DELAY_MS = 60_000;

export class TallyboardExpressAdapter extends ExpressAdapter {
  readonly directRoutes = new DirectRoutes();
  /** True from the start of the shutdown. */
  #isStopping = false;

  constructor(private readonly config: Config = new Config()) {
    super(createExpressApp());
    const setHeaders = createSecurityHeaders(config.ALLOWED_ORIGINS);
    const validateRequest = createRequestValidation(() => this.#isStopping, config);
    // One middleware for both: each one that Express runs costs a change at least 0.5 us.
    this.instance.use((request: express.Request, response: express.Response, next: express.NextFunction) =>
      setHeaders(request, response, () => validateRequest(request, response, next)),
    );
  }

  override setNotFoundHandler(): void {
    this.use(handleUnmatchedRoute);
  }

  override beforeClose(): void {
    super.beforeClose();
    this.#isStopping = true;
  }

  /** As Nest's own method, plus preset prototypes, limits, and responses to malformed requests. */
  override initHttpServer(options: NestApplicationOptions): void {
    const app = this.getInstance<Express>();
    const connectionLimits = new ConnectionLimits(this.config);
    const listener = connectionLimits.wrapListener(
      serveReadsInTurn(publishRequests(refuseInvalidTargets(this.config.BASE_PATH, this.#createListener(app)))),
    );
    const settings = {
      ...createPresetClasses(app),
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      requireHostHeader: false,
      // Bulk uploads may take any time. Other bodies have their own limit: request-validation.ts.
      requestTimeout: 0,
      // Node's default is the value above, which would remove the limit for headers as well.
      headersTimeout: this.config.HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: Math.min(TIMEOUT_CHECK_INTERVAL_MS, this.config.HEADERS_TIMEOUT_MS),
      maxHeaderSize: this.config.MAX_HEADER_BYTES,
      // Detects peers that disappeared without closing the connection.
      keepAlive: true,
      keepAliveInitialDelay: TCP_KEEP_ALIVE_DELAY_MS,
    };
    const server = options.httpsOptions
      ? https.createServer({ ...options.httpsOptions, ...settings }, listener)
      : http.createServer(settings, listener);
    this.httpServer = server;
    handleMalformedRequests(server);
    publishAcceptErrors(server);
    connectionLimits.attachTo(server);
    if (options.return503OnClosing) {
      this.use((_request: unknown, response: express.Response, next: express.NextFunction) => {
        if (this.#isStopping) response.set('Connection', 'close').status(503).send('Service Unavailable');
        else next();
      });
    }
    if (options.forceCloseConnections) this['trackOpenConnections']();
  }

  /** Answers direct routes, and hands all other requests to Express. While it stops, Express refuses them. */
  #createListener(app: Express): ExpressListener {
    return (request, response) => {
      if (!this.#isStopping && this.directRoutes.tryAnswer(request, response)) return;
      app(request, response, (error?: unknown) => sendProblem(response, toUnhandledError(error)));
    };
  }

  /** @param port number of a port, or path of a Unix socket */
  override listen(
    port: number | string,
    ...rest: [hostname?: string | (() => void), callback?: () => void]
  ): http.Server {
    const host = rest.find((argument) => typeof argument === 'string');
    const callback = rest.find((argument) => typeof argument === 'function');
    const place = Number.isInteger(Number(port)) ? { port: Number(port), host } : { path: String(port) };
    return this.httpServer.listen({ ...place, backlog: LISTEN_BACKLOG }, callback);
  }
}

type ExpressListener = (request: express.Request, response: express.Response) => void;

/**
 * Refuses invalid request targets. Express runs no middleware for a target that it cannot parse, and hands the request
 * back: its default is a page of HTML.
 */
function refuseInvalidTargets(basePath: string, next: ExpressListener): http.RequestListener {
  const listener = mountAtBasePath(basePath, (request, response) =>
    next(request as express.Request, response as express.Response),
  );
  return (request, response) => {
    const error = findTargetError(request.url ?? '');
    if (error) sendProblem(response, error);
    else listener(request, response);
  };
}

function toUnhandledError(error: unknown): TallyError {
  return error === undefined
    ? new TallyError('invalid-request', 'the request target is not a valid path')
    : new TallyError('internal-error', 'the request could not be completed', { cause: error });
}

/** Wraps a request listener to publish each request before it is handled. */
function publishRequests(listener: http.RequestListener): http.RequestListener {
  return (request, response) => {
    if (events.requestStarted.hasSubscribers)
      events.requestStarted.runStores({ request, response }, () => listener(request, response));
    else listener(request, response);
  };
}

/** Creates an Express application with exact path matching and no extra response headers. */
function createExpressApp(): Express {
  const app = express();
  app.enable('case sensitive routing');
  app.enable('strict routing');
  app.disable('etag');
  app.disable('x-powered-by');
  return app;
}

/**
 * Creates classes whose instances already have Express' prototypes. Express changes the prototype of every request and
 * response otherwise, which takes their objects off V8's fast path in Node 20 and 22: a change costs 160 to 200 us
 * instead of 55 to 65 on Node 20 (wrk). In Node 24 it costs a twentieth. They inherit from Node's as functions too, so
 * that V8 reserves room for Node's properties: without it a response is a hash table, and costs a fifth of a change.
 */
function createPresetClasses(app: Express): Pick<http.ServerOptions, 'IncomingMessage' | 'ServerResponse'> {
  function PresetRequest(this: http.IncomingMessage, ...args: unknown[]): void {
    Reflect.apply(http.IncomingMessage, this, args);
  }
  function PresetResponse(this: http.ServerResponse, ...args: unknown[]): void {
    Reflect.apply(http.ServerResponse, this, args);
  }
  Object.setPrototypeOf(PresetRequest, http.IncomingMessage);
  Object.setPrototypeOf(PresetResponse, http.ServerResponse);
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
    sendProblem(response, new TallyError('expectation-failed', `the expectation ${expectation} is not supported`));
  });
  server.on('connect', (request, socket) => {
    refuseSocket(
      socket,
      new TallyError('method-not-allowed', 'CONNECT is not supported: this service is not a proxy', {
        allow: ALL_METHODS,
      }),
      request,
    );
  });
}

interface ResponseSocket extends HttpSocket {
  /** True after a malformed request: the parser reports an error for each later piece of data as well. */
  isBroken?: boolean;
}

/** Refuses a malformed request after the complete requests before it have been answered: their changes count. */
function refuseAfterResponse(socket: ResponseSocket, error: TallyError): void {
  const response = socket._httpMessage;
  if (response?.req.complete) response.once('close', () => refuseAfterResponse(socket, error));
  // A second response would corrupt one that is being sent.
  else if (response?.headersSent) socket.destroy();
  else refuseSocket(socket, error);
}

/** Maps error codes of Node's HTTP parser (llhttp) to problems. */
function toMalformedRequestError({ code, message }: NodeJS.ErrnoException): TallyError {
  const codes: Readonly<Record<string, ErrorCode>> = {
    HPE_HEADER_OVERFLOW: 'headers-too-large',
    ERR_HTTP_REQUEST_TIMEOUT: 'request-timeout',
  };
  return new TallyError(codes[code ?? ''] ?? 'invalid-request', `the request is not valid HTTP/1.1 (${message})`);
}
