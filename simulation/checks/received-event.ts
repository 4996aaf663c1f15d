/** What receivers get. */

/** A notification as a receiver has got it. */
export interface ReceivedEvent {
  readonly id: string;
  readonly dashboard: string;
  readonly rule: string;
  readonly kind: string;
  readonly revision: number;
  readonly value: number;
}
