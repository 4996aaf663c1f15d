/** Root module of the service. */
import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { AuthModule } from './auth/auth.module.js';
import type { Config } from './config/config.js';
import { ConfigModule } from './config/config.module.js';
import { DashboardModule } from './dashboard/dashboard.module.js';
import { ApiDocsModule } from './api-docs/api-docs.module.js';
import { HooksModule } from './hooks/hooks.module.js';
import { HistoryModule } from './history/history.module.js';
import type { AppLogger } from './ops/logger.js';
import { OpsModule } from './ops/ops.module.js';
import { MetricsModule } from './ops/metrics.module.js';
import { ProblemFilter } from './http/problem.filter.js';
import { DtoValidationPipe } from './validation/validation.pipe.js';
import type { RelayModule } from './relay/relay.module.js';
import { RulesModule } from './rules/rules.module.js';
import { WebAssetsModule } from './web-assets/web-assets.module.js';

@Module({})
export class AppModule {
  /** @param relay present for a relay of another service */
  static forRoot(config: Config, log: AppLogger, relay?: typeof RelayModule): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot(config),
        AuthModule,
        // Early: Express matches routes in this order, and a provider of webhooks sends many events.
        HooksModule,
        OpsModule.forRoot(log),
        DashboardModule,
        HistoryModule,
        RulesModule,
        ...(relay ? [relay] : []),
        ApiDocsModule,
        MetricsModule,
        WebAssetsModule,
      ],
      providers: [
        { provide: APP_FILTER, useClass: ProblemFilter },
        { provide: APP_PIPE, useClass: DtoValidationPipe },
      ],
    };
  }
}
