/** Makes the routes of a controller direct: see `http/direct-routes.ts`. They keep the permission that they declare. */
import { Injectable, RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { HttpAdapterHost } from '@nestjs/core';
import type { Request, Response } from 'express';
import { type DirectHandler } from '../http/direct-routes.js';
import { TallyboardExpressAdapter } from '../http/express.adapter.js';
import { AccessGuard } from './access.guard.js';

@Injectable()
export class DirectRouting {
  constructor(
    private readonly host: HttpAdapterHost,
    private readonly guard: AccessGuard,
  ) {}

  /** Runs the handler of a request that has passed the guard. A relay, which intercepts all others, replaces it. */
  runRequest = (_request: Request, run: () => Promise<void>): Promise<void> => run();

  /**
   * Makes every route of a controller direct. Its handlers take request and response, their paths have no parameters,
   * and they accept any query. Relays have them by the store, and do not pass them on.
   */
  register(controller: object): void {
    const { httpAdapter } = this.host;
    if (!(httpAdapter instanceof TallyboardExpressAdapter)) return;
    const prototype = Object.getPrototypeOf(controller) as Record<string, DirectHandler>;
    for (const name of Object.getOwnPropertyNames(prototype)) {
      const handler = prototype[name];
      const path = handler && (Reflect.getMetadata(PATH_METADATA, handler) as string | undefined);
      if (!handler || path === undefined) continue;
      const method = RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod];
      const run = (request: Request, response: Response) =>
        this.runRequest(request, () => handler.call(controller, request, response));
      httpAdapter.directRoutes.add(method, `/${path}`, (request, response) => {
        const access = this.guard.check(handler, request, response);
        return access instanceof Promise ? access.then(() => run(request, response)) : run(request, response);
      });
    }
  }
}
