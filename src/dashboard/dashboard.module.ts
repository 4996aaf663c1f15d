/**
 * Dashboards: the routes that add, remove and read, the service behind them, and the gateway that broadcasts every
 * change.
 */
import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { StoreModule } from '../store/store.module.js';
import { CounterStore } from '../store/store.js';
import { AsOfService } from './as-of/as-of.service.js';
import { StreamController } from './bulk/bulk.controller.js';
import { DashboardService } from './dashboard.service.js';
import { DefinitionService } from './definition.service.js';
import { LedgerStreamController } from './ledger-stream/ledger-stream.controller.js';
import { LedgerStreams } from './ledger-stream/ledger-streams.js';
import { DashboardGateway } from './live/dashboard.gateway.js';
import { SseController } from './live/sse.controller.js';
import { ViewerAdmission } from './live/viewer-admission.js';
import { ViewerHub } from './live/viewer-hub.js';
import { PastController } from './past/past.controller.js';
import { BadgeController } from './routes/badge.controller.js';
import { ChangeController } from './routes/change.controller.js';
import { DashboardController } from './routes/dashboard.controller.js';
import { DefinitionController } from './routes/definition.controller.js';
import { ShortRoutesController } from './routes/short-routes.controller.js';
import { ExclusiveStateCache } from './state/exclusive-state-cache.js';
import { SharedStateCache } from './state/shared-state-cache.js';
import { StateCache } from './state/state-cache.js';

@Module({
  imports: [AuthModule, StoreModule],
  // The short routes come first: Express matches routes in this order, and they get the most requests.
  controllers: [
    ShortRoutesController,
    StreamController,
    LedgerStreamController,
    ChangeController,
    SseController,
    DashboardController,
    DefinitionController,
    PastController,
    BadgeController,
  ],
  providers: [
    {
      provide: StateCache,
      inject: [CounterStore],
      useFactory: (store: CounterStore) =>
        store.isShared ? new SharedStateCache(store) : new ExclusiveStateCache(store),
    },
    DashboardService,
    DefinitionService,
    AsOfService,
    ViewerAdmission,
    ViewerHub,
    LedgerStreams,
    DashboardGateway,
  ],
  exports: [DashboardService, ViewerHub, StoreModule],
})
export class DashboardModule {}
