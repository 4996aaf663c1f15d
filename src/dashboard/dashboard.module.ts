/** The living state and everyone who watches it. */
import { Module } from '@nestjs/common';
import { StoreModule } from '../store/store.module.js';
import { ChangeController } from './change.controller.js';
import { DashboardController } from './dashboard.controller.js';
import { DashboardService } from './dashboard.service.js';
import { DashboardGateway } from './live/dashboard.gateway.js';
import { Doorkeeper } from './live/doorkeeper.js';
import { StreamController } from './stream/stream.controller.js';
import { ShopController } from './shop.controller.js';

@Module({
  imports: [StoreModule],
  // The short routes first: Express looks for a route in this order, and these are the hot ones.
  controllers: [ShopController, StreamController, ChangeController, DashboardController],
  providers: [DashboardService, Doorkeeper, DashboardGateway],
  exports: [DashboardService, StoreModule],
})
export class DashboardModule {}
