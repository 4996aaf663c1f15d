/** A configured hook. */
import type { HookRule } from './hook-rules.js';
import type { Verifier } from './verifiers/verifier.js';

export interface Hook {
  readonly name: string;
  readonly provider: Provider;
  readonly verifier: Verifier;
  readonly dashboard: string;
  readonly rules: readonly HookRule[];
  /** Largest body, bytes. */
  readonly maxBytes: number;
}

export const PROVIDERS = ['stripe', 'shopify', 'github', 'standard-webhooks', 'hmac', 'cloudevents'] as const;
export type Provider = (typeof PROVIDERS)[number];
