/** Stands in for the sender of notifications: hands them to the receivers of the world. */
import type { Notification, SendResult } from '../../src/rules/delivery/notification-sender.js';
import { getWorld } from '../world/world.js';

/** Answers a notification; rejects if there is no answer. */
export type Receiver = (notification: Notification) => Promise<number>;

const receivers = new WeakMap<object, Receiver>();

export function setReceiver(world: object, receiver: Receiver): void {
  receivers.set(world, receiver);
}

export class NotificationSender {
  async send(notification: Notification, signal: AbortSignal): Promise<SendResult> {
    const world = getWorld();
    const receiver = receivers.get(world);
    if (!receiver || signal.aborted) return { kind: 'failed', reason: 'there is no receiver', tookMs: 0 };
    try {
      return { kind: 'answered', status: await receiver(notification), tookMs: 0 };
    } catch {
      return { kind: 'failed', reason: 'no answer', tookMs: 0 };
    }
  }
}
