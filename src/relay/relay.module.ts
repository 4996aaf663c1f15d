/** The module that makes a service a relay of another one (STORE=upstream). */
import { Module } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { AuthModule } from '../auth/auth.module.js';
import { DirectRouting } from '../auth/direct-routing.js';
import { StoreModule } from '../store/store.module.js';
import { readCaller, runAsCaller } from '../store/upstream/relayed-caller.js';
import { ForwardingInterceptor } from './forwarding.interceptor.js';

@Module({
  imports: [AuthModule, StoreModule],
  providers: [{ provide: APP_INTERCEPTOR, useClass: ForwardingInterceptor }],
})
export class RelayModule {
  constructor(directRouting: DirectRouting) {
    directRouting.runRequest = async (request, run) => runAsCaller(readCaller(request), run);
  }
}
