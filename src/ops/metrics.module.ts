/** Metrics and their two endpoints. */
import { Module } from '@nestjs/common';
import { DashboardModule } from '../dashboard/dashboard.module.js';
import { MetricsController } from './metrics.controller.js';
import { MetricsServer } from './metrics-server.js';
import { Metrics } from './metrics.js';

@Module({ imports: [DashboardModule], controllers: [MetricsController], providers: [Metrics, MetricsServer] })
export class MetricsModule {}
