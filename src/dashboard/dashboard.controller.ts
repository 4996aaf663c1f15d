/** Dashboards as resources. */
import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Snapshot } from '../counters/counters.js';
import { DashboardService, MAIN } from './dashboard.service.js';

@Controller()
export class DashboardController {
  constructor(@Inject(DashboardService) private readonly dashboards: DashboardService) {}

  /**
   * The snapshot of `main`, as JSON. `ETag` is `"epoch:revision"`, and `If-None-Match` with it is answered with 304.
   * The same URL upgrades to WebSocket.
   */
  @Get('dashboard')
  main(@Req() request: Request, @Res({ passthrough: true }) response: Response): Snapshot {
    // `no-cache` asks caches on the way to look here. Express would take it for a wish to have the body again, and
    // `fetch` of Node sends it with every If-None-Match.
    delete request.headers['cache-control'];
    const snapshot = this.dashboards.current(MAIN).snapshot();
    response.setHeader('ETag', `"${snapshot.epoch}:${snapshot.revision}"`);
    response.setHeader('Cache-Control', 'no-cache');
    return snapshot;
  }
}
