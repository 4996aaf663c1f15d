/** Rules about the numbers of dashboards, and the notifications that they send. */
import { Module } from '@nestjs/common';
import { ClockModule } from '../clock/clock.module.js';
import { DashboardModule } from '../dashboard/dashboard.module.js';
import { RulesController } from './routes/rules.controller.js';
import { RulesService } from './rules.service.js';

@Module({
  imports: [ClockModule, DashboardModule],
  controllers: [RulesController],
  providers: [RulesService],
  exports: [RulesService],
})
export class RulesModule {}
