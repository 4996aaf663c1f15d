/** Makes the routes of a controller direct: see `http/direct-routes.ts`. They keep the permission that they declare. */
import { Injectable, RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { HttpAdapterHost } from '@nestjs/core';
import type { Request, Response } from 'express';
import { Config } from '../config/config.js';
import { type DirectHandler } from '../http/direct-routes.js';
import { TallyboardExpressAdapter } from '../http/express.adapter.js';
import { AccessGuard } from './access.guard.js';

@Injectable()
export class DirectRouting {
  constructor(
    private readonly host: HttpAdapterHost,
    private readonly guard: AccessGuard,
    private readonly config: Config,
  ) {}

  /**
   * Makes every route of a controller direct. Its handlers take request and response, their paths have no parameters,
   * and they accept any query. A relay has none: its interceptor runs requests in the name of their callers.
   */
  register(controller: object): void {
    const { httpAdapter } = this.host;
    if (!(httpAdapter instanceof TallyboardExpressAdapter) || this.config.STORE === 'upstream') return;
    const prototype = Object.getPrototypeOf(controller) as Record<string, DirectHandler>;
    for (const name of Object.getOwnPropertyNames(prototype)) {
      const handler = prototype[name];
      const path = handler && (Reflect.getMetadata(PATH_METADATA, handler) as string | undefined);
      if (!handler || path === undefined) continue;
      const method = RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod];
      const run = (request: Request, response: Response) => handler.call(controller, request, response);
      httpAdapter.directRoutes.add(method, `/${path}`, (request, response) => {
        const access = this.guard.check(handler, request, response);
        return access instanceof Promise ? access.then(() => run(request, response)) : run(request, response);
      });
    }
  }
}
