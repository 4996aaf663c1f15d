/** Who may watch, who may change. */
import { Module, type Provider } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { Config } from '../config/config.js';
import { Access } from './authorizer.js';
import { AccessGuard } from './access.guard.js';
import { ChangeLimit } from './change-rate-limit.js';
import { ClientAddress } from './client-address.js';
import { Credentials } from './authenticator.js';
import { JwtVerifier } from './jwt-verifier.js';
import { Origins } from './origin-policy.js';
import { isOpen } from '../config/access-mode.js';
import { anonymous, NOBODY, type Principal } from './principal.js';
import { Tickets } from './tickets.js';
import { TicketsController } from './tickets.controller.js';
import { TokenIndex } from '../config/token-list.js';

const PROVIDERS: Provider[] = [
  { provide: ClientAddress, inject: [Config], useFactory: (config: Config) => new ClientAddress(config.TRUST_PROXY) },
  {
    provide: ChangeLimit,
    inject: [Config, ClientAddress],
    useFactory: (config: Config, address: ClientAddress) => new ChangeLimit(config.MAX_CHANGES_PER_S, address),
  },
  { provide: Tickets, inject: [Config], useFactory: (config: Config) => new Tickets(config.TICKET_SECRET.reveal()) },
  {
    provide: Origins,
    inject: [Config, ClientAddress],
    useFactory: (config: Config, address: ClientAddress) =>
      new Origins({ allowedOrigins: new Set(config.ALLOWED_ORIGINS), allowedHosts: hostsOf(config) }, address),
  },
  {
    provide: Credentials,
    inject: [Config, Tickets, Origins, ClientAddress],
    useFactory: (config: Config, tickets: Tickets, origins: Origins, address: ClientAddress) => {
      const [tokens, jwt, open] = [tokensOf(config), verifierOf(config), isOpen(config)];
      const rules = {
        tokens,
        jwt,
        tickets,
        open,
        everyone: everyoneOf(config),
        maxFailuresPerMinute: config.MAX_AUTH_FAILURES_PER_MIN,
      };
      return new Credentials(rules, origins, address);
    },
  },
];

@Module({
  controllers: [TicketsController],
  providers: [...PROVIDERS, Access, { provide: APP_GUARD, useClass: AccessGuard }],
  exports: [Access, ChangeLimit, ClientAddress],
})
export class AuthModule {}

function hostsOf(config: Config): ReadonlySet<string> | 'local' | 'any' {
  const names = config.ALLOWED_HOSTS;
  if (names.length > 0) return new Set(names);
  return isOpen(config) ? 'local' : 'any';
}

function everyoneOf(config: Config): Principal {
  if (isOpen(config)) return anonymous('admin');
  return config.ALLOW_ANONYMOUS === 'none' ? NOBODY : anonymous(config.ALLOW_ANONYMOUS);
}

function tokensOf({ READ_TOKENS, WRITE_TOKENS, ADMIN_TOKENS }: Config): TokenIndex<Principal> {
  const index = new TokenIndex<Principal>();
  for (const [role, { tokens }] of [
    ['read', READ_TOKENS],
    ['write', WRITE_TOKENS],
    ['admin', ADMIN_TOKENS],
  ] as const) {
    for (const { name, dashboards, digest } of tokens) index.add(digest, { name, grants: [{ role, dashboards }] });
  }
  return index;
}

function verifierOf(config: Config): JwtVerifier | undefined {
  const { JWT_ISSUER: issuer, JWT_AUDIENCE: audience, JWT_JWKS_URL: url, JWT_ALGORITHMS: algorithms } = config;
  if (issuer === '') return undefined;
  const keysUrl = new URL(url || `${issuer.replace(/\/$/, '')}/.well-known/jwks.json`);
  return new JwtVerifier({ issuer, audience, keysUrl, algorithms, skewS: config.JWT_CLOCK_SKEW_S });
}
