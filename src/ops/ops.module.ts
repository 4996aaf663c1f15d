/** What operators look at: the log, and health. Observes, and is never imported. */
import { type DynamicModule, Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { AuthModule } from '../auth/auth.module.js';
import { DashboardModule } from '../dashboard/dashboard.module.js';
import { EventLog } from './event-log.js';
import { HealthController } from './health.controller.js';
import { AppLogger } from './logger.js';
import { Readiness } from './readiness.js';

@Module({})
export class OpsModule {
  static forRoot(log: AppLogger): DynamicModule {
    return {
      module: OpsModule,
      // The log says by itself what fails: terminus would say it at every question.
      imports: [AuthModule, DashboardModule, TerminusModule.forRoot({ logger: false })],
      controllers: [HealthController],
      providers: [{ provide: AppLogger, useValue: log }, EventLog, Readiness],
    };
  }
}
