/** What counters were: the points that were written with each change, over a range of time. */
import { Module } from '@nestjs/common';
import { DashboardModule } from '../dashboard/dashboard.module.js';
import { StoreModule } from '../store/store.module.js';
import { HistoryController } from './history.controller.js';
import { HistoryService } from './history.service.js';

@Module({
  imports: [StoreModule, DashboardModule],
  controllers: [HistoryController],
  providers: [HistoryService],
})
export class HistoryModule {}
