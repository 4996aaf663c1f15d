/** Counter history, read from the points that the store writes with each change. */
import { Module } from '@nestjs/common';
import { DashboardModule } from '../dashboard/dashboard.module.js';
import { StoreModule } from '../store/store.module.js';
import { HistoryController } from './history.controller.js';
import { HistoryService } from './history.service.js';
import { PeriodsController } from './periods.controller.js';
import { PeriodsService } from './periods.service.js';

@Module({
  imports: [StoreModule, DashboardModule],
  controllers: [HistoryController, PeriodsController],
  providers: [HistoryService, PeriodsService],
})
export class HistoryModule {}
