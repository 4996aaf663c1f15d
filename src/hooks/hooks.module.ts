/** Hooks: events of webhook providers, counted once each. */
import { Module } from '@nestjs/common';
import { ClockModule } from '../clock/clock.module.js';
import { DashboardModule } from '../dashboard/dashboard.module.js';
import { HookReceiver } from './hook-receiver.js';
import { HookRegistry } from './hook-registry.js';
import { HooksController } from './hooks.controller.js';

@Module({
  imports: [ClockModule, DashboardModule],
  controllers: [HooksController],
  providers: [HookRegistry, HookReceiver],
  exports: [HookRegistry],
})
export class HooksModule {}
