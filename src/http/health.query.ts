/** Query parameters of `GET /health/ready`. */
import { Allow } from 'class-validator';

export class HealthQuery {
  /** Any value adds details. */
  @Allow()
  readonly verbose?: unknown;
}
