/** Stores the settings of a counter or a measure, and deletes it. Tells what somebody else has changed. */
import { type Signal, signal } from '@preact/signals';
import { type DashboardDefinition, deleteCounter, type NewDefinition } from '../../src/client/client.js';
import { formatShownNumber, getPresentation, isMeasure } from '../../src/measures/shown-number.js';
import type { BoardData } from '../data/board-data.js';
import { isolate } from '../words/isolate.js';
import { locale, words } from '../words/locale.js';
import { applyStep, toArrangement, toLayout } from './arrangement.js';
import { mapRefusals } from './form-words.js';
import { putTile, removeMeasure } from './read-tile-form.js';
import type { SettingsModel } from './settings-model.js';
import { storeDefinition, type StoreFailure, toStoreFailure, waitForVersion } from './store-definition.js';
import { toTileForm } from './tile-form.js';
import type { TileSize } from '../tile/tile.js';

export class SettingsEdit {
  readonly isBusy = signal(false);
  /** Definition of somebody else who has changed the same counter or measure. */
  readonly conflict = signal<DashboardDefinition | undefined>(undefined);
  readonly #base: Signal<DashboardDefinition>;

  constructor(
    private readonly data: BoardData,
    private readonly model: SettingsModel,
  ) {
    this.#base = signal(model.definition.peek());
  }

  /**
   * @param size to store with the settings; undefined to leave it
   * @returns true if the settings are stored and shown
   */
  async save(size: TileSize | undefined): Promise<boolean> {
    const { model, data } = this;
    if (!model.submit()) return false;
    const { name } = model.read.peek();
    return this.#run(`${this.#path}/${name}`, () =>
      storeDefinition(data, {
        base: this.#base.peek(),
        getPart: (definition) => getPresentation(definition, name),
        change: (latest) => this.#change(latest, size),
      }),
    );
  }

  /** @returns true if it is deleted */
  async delete(): Promise<boolean> {
    const { data } = this;
    const { name } = this.model.form.peek();
    if (isMeasure(this.model.definition.peek(), name)) {
      return this.#run('', () =>
        storeDefinition(data, {
          base: this.#base.peek(),
          getPart: () => undefined,
          change: (latest) => removeMeasure(latest, name),
        }),
      );
    }
    return this.#run('', async () => {
      try {
        await deleteCounter(data.base, { dashboard: data.name, counter: name, ...data.tokenOptions });
        return { outcome: 'stored', version: 0 };
      } catch (error) {
        return { outcome: 'failed', failure: toStoreFailure(error) };
      }
    });
  }

  /** Goes on from the definition of somebody else, with one's own settings. */
  keepMine(): void {
    this.#base.value = this.conflict.peek() ?? this.#base.peek();
    this.conflict.value = undefined;
  }

  takeTheirs(): void {
    this.keepMine();
    this.model.reset(toTileForm(this.#base.peek(), this.model.form.peek().name, locale.peek()));
  }

  get #path(): string {
    const { kind } = this.model.form.peek();
    return kind === 'ratio' || kind === 'sum' ? '/measures' : '/counters';
  }

  #change(latest: DashboardDefinition, size: TileSize | undefined): NewDefinition {
    const read = this.model.read.peek();
    const definition = putTile(latest, read);
    if (size === undefined || this.model.isNew) return definition;
    const arrangement = applyStep(toArrangement(latest), { kind: 'resize', show: read.name, size });
    return { ...definition, layout: toLayout(arrangement) };
  }

  async #run(path: string, store: () => ReturnType<typeof storeDefinition>): Promise<boolean> {
    this.isBusy.value = true;
    const result = await store();
    if (result.outcome === 'stored') await waitForVersion(this.data, result.version);
    this.isBusy.value = false;
    if (result.outcome === 'changed') this.conflict.value = result.definition;
    if (result.outcome === 'failed') this.#refuse(result.failure, path);
    return result.outcome === 'stored';
  }

  #refuse({ message, problem }: StoreFailure, path: string): void {
    const refused = path === '' ? new Map([['delete', message]]) : mapRefusals(problem, message, path);
    const { name, title } = this.model.form.peek();
    const value = this.data.getNumbers(name).peek().total;
    if (problem?.code === 'below-minimum' && typeof value === 'number') {
      const number = formatShownNumber(this.model.definition.peek(), name, value, locale.peek());
      refused.set('min', words.peek().editor.holdsLess(isolate(title), isolate(number)));
    }
    this.model.refused.value = refused;
  }
}
