/** What a repair found and did, line by line. */

export class RepairLog {
  #losses = 0;
  #repairs = 0;

  /** @param write receives each line */
  constructor(private readonly write: (line: string) => void) {}

  /** Number of lines that say what is or may be lost. */
  get losses(): number {
    return this.#losses;
  }

  get repairs(): number {
    return this.#repairs;
  }

  /** Records a place that is damaged and leads to no loss by itself. */
  readonly recordDamage = (line: string): void => this.write(`damaged: ${line}`);

  /** Records something that was rebuilt from other data, or decided between two that contradict each other. */
  readonly recordRepair = (line: string): void => {
    this.#repairs += 1;
    this.write(`repaired: ${line}`);
  };

  readonly recordLoss = (line: string): void => {
    this.#losses += 1;
    this.write(`lost: ${line}`);
  };
}
