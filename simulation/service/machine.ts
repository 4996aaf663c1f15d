/** A machine with a disk, on which one process of the service runs, crashes, and is started again. */
import type { Config } from '../../src/config/config.js';
import { TallyError } from '../../src/counters/errors.js';
import { StoreOpenError } from '../../src/store/store-open.error.js';
import { SqliteStore } from '../../src/store/sqlite/sqlite.store.js';
import { toRetention } from '../../src/store/store.module.js';
import { Disk, setDisk } from './disk.js';
import type { Network } from '../network/network.js';
import { Life, type Machine } from '../world/life.js';
import type { World } from '../world/world.js';
import { type CreateStore, Service } from './service.js';

const STOP_DEADLINE_MS = 10_000;

export class ServiceMachine implements Machine {
  wallOffsetMs = 0;
  service: Service | undefined;
  /** True from the moment at which a process is to be started until it listens or has ended. */
  #isStarting = false;
  #starts = 0;
  readonly #world: World;

  /**
   * @param prepare makes what a run needs, whenever the service starts
   * @param createStore default: the embedded store, on the disk of the machine
   */
  constructor(
    readonly origin: string,
    readonly network: Network,
    readonly disk: Disk,
    private readonly settings: Partial<Config>,
    private readonly prepare: (service: Service) => Promise<void>,
    private readonly createStore: CreateStore = createSqliteStore(disk),
    /** URL of the upstream of a relay. */
    readonly upstream?: string,
  ) {
    this.#world = network.world;
    setDisk(this, disk);
    network.locate(this, origin);
    disk.onCrash = () => this.#end('in a commit');
  }

  get isListening(): boolean {
    return this.service !== undefined;
  }

  /** The process that runs, also while it starts. */
  life: Life | undefined;

  /** Starts the service after a delay, unless it runs. */
  start(delayMs: number): void {
    if (this.#isStarting || this.life?.isAlive) return;
    this.#isStarting = true;
    this.#world.schedule('start', delayMs, () => this.#launch(), this.#world.outside);
  }

  /** Ends the process at once. What is on the disk stays. */
  crash(): void {
    if (!this.life?.isAlive) return;
    this.disk.keepFiles();
    this.#end('between two tasks');
  }

  /** Stops the service in order, as a signal does it. */
  stop(): void {
    const { service, life } = this;
    if (!service || !life?.isAlive || service.isStopping) return;
    this.#world.trace.event(`${life.name} stops`);
    this.network.unlisten(this.origin, service);
    const stop = async (): Promise<void> => {
      try {
        await service.stop();
      } catch (error) {
        if (!(error instanceof TallyError)) throw error;
        // As the program does it: it logs the error, and ends.
        this.#world.trace.event(`${life.name} does not stop in order: ${error.message}`);
        return this.crash();
      }
      this.#afterStop(life);
    };
    this.#world.schedule('stop', 0, () => void stop(), life);
    // As `STOP_DEADLINE_MS` ends a process that hangs.
    this.#world.schedule(
      'stop deadline',
      STOP_DEADLINE_MS,
      () => life === this.life && this.crash(),
      this.#world.outside,
    );
  }

  #afterStop(life: Life): void {
    this.#world.trace.event(`${life.name} has stopped`);
    life.kill();
    this.service = undefined;
    this.#world.check(this.disk.connections.size === 0, () => `${life.name} has stopped with open files`);
    this.disk.keepFiles();
    this.disk.release();
  }

  #launch(): void {
    this.#starts += 1;
    const life = new Life(`${new URL(this.origin).host}#${this.#starts}`, this);
    this.life = life;
    this.#isStarting = false;
    this.#world.trace.event(`${life.name} starts`);
    this.#world.schedule('main', 0, () => void this.#serve(life), life);
  }

  async #serve(life: Life): Promise<void> {
    const service = new Service(life, this.network, this.createStore, this.settings);
    try {
      await service.start();
      await this.prepare(service);
    } catch (error) {
      if (!(error instanceof TallyError || error instanceof StoreOpenError)) throw error;
      // As the program does it: it ends, and is started again.
      this.#world.trace.event(`${life.name} cannot start: ${error.message}`);
      this.crash();
      return;
    }
    this.service = service;
    this.network.listen(this.origin, service);
    this.#world.trace.event(`${life.name} listens`);
  }

  #end(where: string): void {
    const { life } = this;
    if (!life) return;
    this.#world.trace.event(`${life.name} crashes ${where}`);
    life.kill();
    this.service = undefined;
    // A statement may be running: its connection is closed when it has returned.
    this.#world.schedule('files are released', 0, () => this.disk.release(), this.#world.outside);
  }
}

function createSqliteStore({ directory }: Disk): CreateStore {
  return (config, clock) =>
    new SqliteStore(
      {
        directory,
        retention: toRetention(config),
        limits: { maxCounters: config.MAX_COUNTERS, maxDashboards: config.MAX_DASHBOARDS },
        timeZone: config.TIME_ZONE,
        maxPending: config.MAX_WAITING_CHANGES,
        timeoutMs: config.COMMIT_TIMEOUT_MS,
      },
      clock,
    );
}
