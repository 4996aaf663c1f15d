/** Authentication, authorization and rate limits. */
import { Module, type Provider } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ClockModule } from '../clock/clock.module.js';
import { Clock } from '../clock/clock.js';
import { Config } from '../config/config.js';
import { KnownParametersGuard } from '../http/known-parameters.guard.js';
import { Authorizer } from './authorizer.js';
import { AccessController } from './access.controller.js';
import { AccessGuard } from './access.guard.js';
import { ChangeRateLimit } from './change-rate-limit.js';
import { ClientAddress } from './client-address.js';
import { Authenticator, type KnownToken } from './authenticator.js';
import { DirectRouting } from './direct-routing.js';
import { JwtVerifier } from './jwt-verifier.js';
import { OriginPolicy } from './origin-policy.js';
import { isUnrestricted } from '../config/access-mode.js';
import { createAnonymous, NO_RIGHTS, type Principal } from './principal.js';
import { Tickets } from './tickets.js';
import { TicketsController } from './tickets.controller.js';
import { TokenIndex } from './token-index.js';

const AUTH_PROVIDERS: Provider[] = [
  { provide: ClientAddress, inject: [Config], useFactory: (config: Config) => new ClientAddress(config.TRUST_PROXY) },
  {
    provide: ChangeRateLimit,
    inject: [Config, ClientAddress],
    useFactory: (config: Config, address: ClientAddress) => new ChangeRateLimit(config.MAX_CHANGES_PER_S, address),
  },
  {
    provide: Tickets,
    inject: [Config, Clock],
    useFactory: (config: Config, clock: Clock) => new Tickets(config.TICKET_SECRET.reveal(), clock),
  },
  {
    provide: OriginPolicy,
    inject: [Config, ClientAddress],
    useFactory: (config: Config, address: ClientAddress) =>
      new OriginPolicy(
        { allowedOrigins: new Set(config.ALLOWED_ORIGINS), allowedHosts: resolveAllowedHosts(config) },
        address,
      ),
  },
  {
    provide: Authenticator,
    inject: [Config, Clock, Tickets, OriginPolicy, ClientAddress],
    useFactory: (config: Config, clock: Clock, tickets: Tickets, origins: OriginPolicy, address: ClientAddress) => {
      const options = {
        tokens: indexTokens(config),
        jwt: createJwtVerifier(config, clock),
        tickets,
        anonymous: createAnonymousPrincipal(config),
        isUnrestricted: isUnrestricted(config),
        maxFailuresPerMin: config.MAX_AUTH_FAILURES_PER_MIN,
      };
      return new Authenticator(options, origins, address);
    },
  },
];

@Module({
  imports: [ClockModule],
  controllers: [AccessController, TicketsController],
  providers: [
    ...AUTH_PROVIDERS,
    Authorizer,
    AccessGuard,
    DirectRouting,
    // Guards run in this order: a stranger is not told which parameters a route has.
    { provide: APP_GUARD, useExisting: AccessGuard },
    { provide: APP_GUARD, useClass: KnownParametersGuard },
  ],
  exports: [Authorizer, ChangeRateLimit, ClientAddress, DirectRouting],
})
export class AuthModule {}

function resolveAllowedHosts(config: Config): ReadonlySet<string> | 'local' | 'any' {
  const names = config.ALLOWED_HOSTS;
  if (names.length > 0) return new Set(names);
  return isUnrestricted(config) ? 'local' : 'any';
}

function createAnonymousPrincipal(config: Config): Principal {
  if (isUnrestricted(config)) return createAnonymous('admin');
  return config.ALLOW_ANONYMOUS === 'none' ? NO_RIGHTS : createAnonymous(config.ALLOW_ANONYMOUS);
}

function indexTokens({ READ_TOKENS, WRITE_TOKENS, ADMIN_TOKENS }: Config): TokenIndex<KnownToken> {
  const index = new TokenIndex<KnownToken>();
  for (const [role, { tokens }] of [
    ['read', READ_TOKENS],
    ['write', WRITE_TOKENS],
    ['admin', ADMIN_TOKENS],
  ] as const) {
    for (const { name, dashboards, digest, isWeak } of tokens) {
      index.add(digest, { principal: { name, keyOwner: `token:${name}`, grants: [{ role, dashboards }] }, isWeak });
    }
  }
  return index;
}

function createJwtVerifier(config: Config, clock: Clock): JwtVerifier | undefined {
  const { JWT_ISSUER: issuer, JWT_AUDIENCE: audience, JWT_JWKS_URL: url, JWT_ALGORITHMS: algorithms } = config;
  if (issuer === '') return undefined;
  const keysUrl = new URL(url || `${issuer.replace(/\/$/, '')}/.well-known/jwks.json`);
  const options = { issuer, audience, keysUrl, algorithms, clockToleranceS: config.JWT_CLOCK_SKEW_S };
  return new JwtVerifier(options, clock);
}
