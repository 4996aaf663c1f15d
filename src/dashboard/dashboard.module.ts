/** The living state and everyone who watches it. */
import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { StoreModule } from '../store/store.module.js';
import { BadgeController } from './routes/badge.controller.js';
import { ChangeController } from './routes/change.controller.js';
import { DashboardController } from './routes/dashboard.controller.js';
import { DashboardService } from './dashboard.service.js';
import { DashboardGateway } from './live/dashboard.gateway.js';
import { ViewerAdmission } from './live/viewer-admission.js';
import { ViewerHub } from './live/viewer-hub.js';
import { SseController } from './live/sse.controller.js';
import { ShopController } from './routes/shop.controller.js';
import { StreamController } from './bulk/bulk.controller.js';

@Module({
  imports: [AuthModule, StoreModule],
  // The short routes first: Express looks for a route in this order, and these are the hot ones.
  controllers: [
    ShopController,
    StreamController,
    ChangeController,
    SseController,
    DashboardController,
    BadgeController,
  ],
  providers: [DashboardService, ViewerAdmission, ViewerHub, DashboardGateway],
  exports: [DashboardService, ViewerHub, StoreModule],
})
export class DashboardModule {}
