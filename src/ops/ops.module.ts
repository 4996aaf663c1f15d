/** Log and health checks. */
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
      // The log already reports failures; terminus would repeat them at each check.
      imports: [AuthModule, DashboardModule, TerminusModule.forRoot({ logger: false })],
      controllers: [HealthController],
      providers: [{ provide: AppLogger, useValue: log }, EventLog, Readiness],
    };
  }
}
