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
import { DashboardNotFoundError } from './export.js';
import { SequenceValidator } from './sequence-validator.js';
import type { RecordCounts } from './line-format.js';
import { BadLineError, readLines } from './line-reader.js';
import { type ExportLine, parseExportLine } from './line-parser.js';

/** What became of a dashboard; `detail` is for people. */
export type ImportResult =
  | { readonly kind: 'underway' | 'imported'; readonly counts: RecordCounts; readonly detail?: undefined }
  | { readonly kind: 'skipped' | 'refused'; readonly detail: string };

export interface ImportOptions {
  /** Names of dashboards; all when there are none. */
  readonly names: readonly string[];
  /** Whether a dashboard may take the place of one with another past. */
  readonly replace: boolean;
  readonly onProgress: (dashboard: ExportedDashboard, result: ImportResult) => void;
}

/** How often each fate was met. */
export type ImportSummary = Readonly<Record<'imported' | 'skipped' | 'refused', number>>;

/** Where the import of one dashboard stands. Without `arrival` its lines are looked at and left. */
interface ImportState {
  readonly course: SequenceValidator;
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
export async function importDashboards(
  store: StoreImport,
  input: Readable,
  options: ImportOptions,
): Promise<ImportSummary> {
  const importer = new DashboardImporter(store, options);
  try {
    for await (const { number, text } of readLines(input)) await importer.acceptLine(text, number);
    return importer.finish();
  } finally {
    await importer.abort();
  }
}

class DashboardImporter {
  readonly #summary = { imported: 0, skipped: 0, refused: 0 };
  readonly #seenNames = new Set<string>();
  #state: 'new' | 'reading' | 'finished' = 'new';
  #current: ImportState | undefined;
  #lineNumber = 0;

  constructor(
    private readonly store: StoreImport,
    private readonly options: ImportOptions,
  ) {}

  async acceptLine(text: string, lineNumber: number): Promise<void> {
    this.#lineNumber = lineNumber;
    try {
      await this.#handleLine(parseExportLine(text));
    } catch (error) {
      throw error instanceof BadLineError ? new BadLineError(error.message, lineNumber) : error;
    }
  }

  finish(): ImportSummary {
    if (this.#state !== 'finished') {
      throw new BadLineError(
        `the export breaks off after line ${this.#lineNumber}: its last line has to be {"finished":...}`,
      );
    }
    const missing = this.options.names.filter((name) => !this.#seenNames.has(name));
    if (missing.length > 0) throw new DashboardNotFoundError(`the export has no dashboard named ${missing.join(', ')}`);
    return this.#summary;
  }

  /** Takes away what has begun and is not complete. */
  async abort(): Promise<void> {
    // What has failed is told by itself; a store that is away clears up later.
    await this.#current?.arrival?.abort().catch(() => undefined);
  }

  async #handleLine(line: ExportLine): Promise<void> {
    const current = this.#current;
    if ((line.kind === 'header') !== (this.#state === 'new')) {
      throw new BadLineError('an export has {"tallyboard":"export",...} as its first line, and there only');
    }
    if (this.#state === 'finished') throw new BadLineError('it comes after the last line');
    if (
      current ? line.kind === 'dashboard' || line.kind === 'finished' : line.kind === 'piece' || line.kind === 'end'
    ) {
      throw new BadLineError(`${line.kind} cannot be here: lines are missing before it`);
    }
    switch (line.kind) {
      case 'header':
        this.#state = 'reading';
        return;
      case 'dashboard':
        this.#current = await this.#beginDashboard(line.dashboard);
        return;
      case 'piece':
        return this.#addRecord(current, line.record);
      case 'end':
        current?.course.finish(line.dashboard, line.counts);
        await this.#completeDashboard(current);
        this.#current = undefined;
        return;
      case 'finished':
        if (line.dashboards !== this.#seenNames.size) {
          throw new BadLineError(`finished.dashboards says ${line.dashboards}, and there were ${this.#seenNames.size}`);
        }
        this.#state = 'finished';
    }
  }

  async #beginDashboard(dashboard: ExportedDashboard): Promise<ImportState> {
    const { name } = dashboard;
    if (this.#seenNames.has(name)) throw new BadLineError(`${name} comes twice`);
    this.#seenNames.add(name);
    const { names } = this.options;
    const isWanted = names.length === 0 || names.includes(name);
    const earlier = isWanted ? await this.store.findVersion(name) : undefined;
    const course = new SequenceValidator(dashboard, earlier);
    const ignored = { course, arrival: undefined, earlier, pieces: [] };
    if (!isWanted) return ignored;
    const result = earlier && this.#compareWithExisting(dashboard, earlier);
    if (!result) return { ...ignored, arrival: await this.store.begin(dashboard, earlier) };
    this.#report(dashboard, result);
    return ignored;
  }

  /** What is known of a dashboard that is there before its past has come. */
  #compareWithExisting(
    { epoch, revision, at }: ExportedDashboard,
    existing: DashboardVersion,
  ): ImportResult | undefined {
    const isSameEpoch = existing.epoch === epoch;
    if (isSameEpoch && existing.revision === revision && existing.at === at) {
      return { kind: 'skipped', detail: `it is there already, at revision ${revision}` };
    }
    if (this.options.replace || (isSameEpoch && existing.revision < revision)) return undefined;
    const conflict = isSameEpoch
      ? `one at revision ${existing.revision} is there, and this one is at ${revision}`
      : `another one is there, at revision ${existing.revision} of another epoch`;
    return { kind: 'refused', detail: `${conflict}: give --replace if that is to go` };
  }

  async #addRecord(state: ImportState | undefined, record: ExportRecord): Promise<void> {
    if (!state) return;
    state.course.accept(record);
    if (!state.arrival) return;
    state.pieces.push(record);
    if (state.pieces.length >= RECORDS_PER_BATCH) await this.#flush(state, state.arrival);
  }

  async #flush(state: ImportState, dashboardImport: DashboardImport): Promise<void> {
    const { pieces, course } = state;
    state.pieces = [];
    await dashboardImport.add(pieces);
    this.options.onProgress(course.dashboard, { kind: 'underway', counts: course.counts });
  }

  async #completeDashboard(state: ImportState | undefined): Promise<void> {
    if (!state?.arrival) return;
    const { course, arrival, earlier } = state;
    const { dashboard, counts, continuesExisting } = course;
    await this.#flush(state, arrival);
    const losesChanges = earlier?.epoch === dashboard.epoch && !continuesExisting;
    if (losesChanges && !this.options.replace) {
      await arrival.abort();
      const detail = `one is there that has had other changes, up to revision ${earlier.revision}`;
      return this.#report(dashboard, { kind: 'refused', detail: `${detail}: give --replace if that is to go` });
    }
    // Revisions of one epoch never go back, and mean one thing.
    if (await arrival.complete(losesChanges ? randomUUID() : dashboard.epoch)) {
      return this.#report(dashboard, { kind: 'imported', counts });
    }
    await arrival.abort();
    const detail = 'it was changed while it was being imported: stop what changes it, and import it again';
    this.#report(dashboard, { kind: 'refused', detail });
  }

  #report(dashboard: ExportedDashboard, result: ImportResult): void {
    if (result.kind !== 'underway') this.#summary[result.kind] += 1;
    this.options.onProgress(dashboard, result);
  }
}
