/** Metrics and their two endpoints. */
import { Module } from '@nestjs/common';
import { DashboardModule } from '../dashboard/dashboard.module.js';
import { HooksModule } from '../hooks/hooks.module.js';
import { RulesModule } from '../rules/rules.module.js';
import { DescriptorMonitor } from './descriptor-monitor.js';
import { MetricsController } from './metrics.controller.js';
import { MetricsServer } from './metrics-server.js';
import { Metrics } from './metrics.js';

@Module({
  imports: [DashboardModule, HooksModule, RulesModule],
  controllers: [MetricsController],
  providers: [Metrics, MetricsServer, DescriptorMonitor],
})
export class MetricsModule {}
