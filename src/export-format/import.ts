/** Brings dashboards of an export into a store: each whole, or not at all. */
import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import type {
  DashboardImport,
  ExportedDashboard,
  ExportRecord,
  DashboardVersion,
  StoreImport,
} from '../store/transfer.port.js';
import { RECORDS_PER_BATCH } from '../store/transfer.port.js';
import { NoDashboardError } from './export.js';
import { Course } from './sequence-validator.js';
import type { Counts } from './line-format.js';
import { BadLineError, linesOf } from './line-reader.js';
import { type Line, readLine } from './line-parser.js';

/** What became of a dashboard; `detail` is for people. */
export type Fate =
  | { readonly kind: 'underway' | 'imported'; readonly counts: Counts; readonly detail?: undefined }
  | { readonly kind: 'skipped' | 'refused'; readonly detail: string };

export interface ImportOptions {
  /** Names of dashboards; all when there are none. */
  readonly wanted: readonly string[];
  /** Whether a dashboard may take the place of one with another past. */
  readonly replace: boolean;
  readonly told: (dashboard: ExportedDashboard, fate: Fate) => void;
}

/** How often each fate was met. */
export type Fates = Readonly<Record<'imported' | 'skipped' | 'refused', number>>;

/** Where the import of one dashboard stands. Without `arrival` its lines are looked at and left. */
interface Underway {
  readonly course: Course;
  readonly arrival: DashboardImport | undefined;
  readonly earlier: DashboardVersion | undefined;
  pieces: ExportRecord[];
}

/**
 * Reads an export to its end. A dashboard is seen by others when it is complete, at once and whole. One that is there at the same
 * revision is skipped: an import that was cut off is finished by another one of the same file.
 * @returns what became of the dashboards
 * @throws BadLineError at the first line that is wrong: dashboards before it are complete, the one that it is in has changed nothing
 * @throws NoDashboardError at the end, when a wanted one was not among them
 */
export async function importDashboards(store: StoreImport, input: Readable, options: ImportOptions): Promise<Fates> {
  const reading = new Import(store, options);
  try {
    for await (const { number, text } of linesOf(input)) await reading.take(text, number);
    return reading.end();
  } finally {
    await reading.abandon();
  }
}

class Import {
  readonly #fates = { imported: 0, skipped: 0, refused: 0 };
  readonly #seen = new Set<string>();
  #state: 'new' | 'reading' | 'finished' = 'new';
  #underway: Underway | undefined;
  #lines = 0;

  constructor(
    private readonly store: StoreImport,
    private readonly options: ImportOptions,
  ) {}

  async take(text: string, number: number): Promise<void> {
    this.#lines = number;
    try {
      await this.#follow(readLine(text));
    } catch (error) {
      throw error instanceof BadLineError ? new BadLineError(error.message, number) : error;
    }
  }

  end(): Fates {
    if (this.#state !== 'finished') {
      throw new BadLineError(
        `the export breaks off after line ${this.#lines}: its last line has to be {"finished":...}`,
      );
    }
    const missing = this.options.wanted.filter((name) => !this.#seen.has(name));
    if (missing.length > 0) throw new NoDashboardError(`the export has no dashboard named ${missing.join(', ')}`);
    return this.#fates;
  }

  /** Takes away what has begun and is not complete. */
  async abandon(): Promise<void> {
    // What has failed is told by itself; a store that is away clears up later.
    await this.#underway?.arrival?.abort().catch(() => undefined);
  }

  async #follow(line: Line): Promise<void> {
    const underway = this.#underway;
    if ((line.kind === 'header') !== (this.#state === 'new')) {
      throw new BadLineError('an export has {"tallyboard":"export",...} as its first line, and there only');
    }
    if (this.#state === 'finished') throw new BadLineError('it comes after the last line');
    if (
      underway ? line.kind === 'dashboard' || line.kind === 'finished' : line.kind === 'piece' || line.kind === 'end'
    ) {
      throw new BadLineError(`${line.kind} cannot be here: lines are missing before it`);
    }
    switch (line.kind) {
      case 'header':
        this.#state = 'reading';
        return;
      case 'dashboard':
        this.#underway = await this.#begin(line.dashboard);
        return;
      case 'piece':
        return this.#add(underway, line.piece);
      case 'end':
        underway?.course.end(line.dashboard, line.counts);
        await this.#complete(underway);
        this.#underway = undefined;
        return;
      case 'finished':
        if (line.dashboards !== this.#seen.size) {
          throw new BadLineError(`finished.dashboards says ${line.dashboards}, and there were ${this.#seen.size}`);
        }
        this.#state = 'finished';
    }
  }

  async #begin(dashboard: ExportedDashboard): Promise<Underway> {
    const { name } = dashboard;
    if (this.#seen.has(name)) throw new BadLineError(`${name} comes twice`);
    this.#seen.add(name);
    const { wanted } = this.options;
    const isWanted = wanted.length === 0 || wanted.includes(name);
    const earlier = isWanted ? await this.store.findVersion(name) : undefined;
    const course = new Course(dashboard, earlier);
    const left = { course, arrival: undefined, earlier, pieces: [] };
    if (!isWanted) return left;
    const fate = earlier && this.#fateOf(dashboard, earlier);
    if (!fate) return { ...left, arrival: await this.store.begin(dashboard, earlier) };
    this.#tell(dashboard, fate);
    return left;
  }

  /** What is known of a dashboard that is there before its past has come. */
  #fateOf({ epoch, revision, at }: ExportedDashboard, earlier: DashboardVersion): Fate | undefined {
    const isOfOneEpoch = earlier.epoch === epoch;
    if (isOfOneEpoch && earlier.revision === revision && earlier.at === at) {
      return { kind: 'skipped', detail: `it is there already, at revision ${revision}` };
    }
    if (this.options.replace || (isOfOneEpoch && earlier.revision < revision)) return undefined;
    const there = isOfOneEpoch
      ? `one at revision ${earlier.revision} is there, and this one is at ${revision}`
      : `another one is there, at revision ${earlier.revision} of another epoch`;
    return { kind: 'refused', detail: `${there}: give --replace if that is to go` };
  }

  async #add(underway: Underway | undefined, piece: ExportRecord): Promise<void> {
    if (!underway) return;
    underway.course.take(piece);
    if (!underway.arrival) return;
    underway.pieces.push(piece);
    if (underway.pieces.length >= RECORDS_PER_BATCH) await this.#flush(underway, underway.arrival);
  }

  async #flush(underway: Underway, arrival: DashboardImport): Promise<void> {
    const { pieces, course } = underway;
    underway.pieces = [];
    await arrival.add(pieces);
    this.options.told(course.dashboard, { kind: 'underway', counts: course.counts });
  }

  async #complete(underway: Underway | undefined): Promise<void> {
    if (!underway?.arrival) return;
    const { course, arrival, earlier } = underway;
    const { dashboard, counts, comesFromEarlier } = course;
    await this.#flush(underway, arrival);
    const goesBack = earlier?.epoch === dashboard.epoch && !comesFromEarlier;
    if (goesBack && !this.options.replace) {
      await arrival.abort();
      const detail = `one is there that has had other changes, up to revision ${earlier.revision}`;
      return this.#tell(dashboard, { kind: 'refused', detail: `${detail}: give --replace if that is to go` });
    }
    // Revisions of one epoch never go back, and mean one thing.
    if (await arrival.complete(goesBack ? randomUUID() : dashboard.epoch)) {
      return this.#tell(dashboard, { kind: 'imported', counts });
    }
    await arrival.abort();
    const detail = 'it was changed while it was being imported: stop what changes it, and import it again';
    this.#tell(dashboard, { kind: 'refused', detail });
  }

  #tell(dashboard: ExportedDashboard, fate: Fate): void {
    if (fate.kind !== 'underway') this.#fates[fate.kind] += 1;
    this.options.told(dashboard, fate);
  }
}
