/** A form of settings while it is filled in: its texts, the faults to show, and what the service has refused. */
import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { DashboardDefinition } from '../../src/client/client.js';
import { locale } from '../words/locale.js';
import { describeFormFault } from './form-words.js';
import { type ReadForm, readTileForm, rewriteAmounts } from './read-tile-form.js';
import type { TileForm } from './tile-form.js';

export class SettingsModel {
  readonly form: Signal<TileForm>;
  /** True while the form has something that is not stored. */
  readonly isChanged: ReadonlySignal<boolean>;
  /** The form as it began. */
  readonly #initial: Signal<TileForm>;
  readonly read: ReadonlySignal<ReadForm>;
  /** Refusals of the service by field. */
  readonly refused = signal<ReadonlyMap<string, string>>(new Map());
  /** Fields that were left once: before, nothing is wrong. */
  readonly #touched = signal<ReadonlySet<string>>(new Set());
  readonly #isSubmitted = signal(false);

  constructor(
    form: TileForm,
    readonly definition: ReadonlySignal<DashboardDefinition>,
    readonly isNew: boolean,
  ) {
    this.form = signal(form);
    this.#initial = signal(form);
    this.isChanged = computed(() => JSON.stringify(this.form.value) !== JSON.stringify(this.#initial.value));
    this.read = computed(() => readTileForm(this.form.value, this.definition.value, isNew, locale.value));
  }

  /** Fields whose faults are shown. */
  readonly shownFaults = computed((): ReadonlyMap<string, string> => {
    const { faults } = this.read.value;
    const shown = [...faults].filter(([field]) => this.#isSubmitted.value || this.#touched.value.has(field));
    const own = shown.map(
      ([field, fault]) => [field, describeFormFault(fault, this.form.value, this.definition.value)] as const,
    );
    return new Map([...this.refused.value, ...own]);
  });

  /** Begins anew from another form. */
  reset(form: TileForm): void {
    this.#initial.value = form;
    this.form.value = form;
  }

  /** Changes the form. What the service has refused may be right now. */
  set(change: Partial<TileForm>): void {
    this.form.value = { ...this.form.peek(), ...change };
    if (this.refused.peek().size > 0) this.refused.value = new Map();
  }

  /** Called when a field is left after a change. */
  touch(field: string): void {
    this.form.value = rewriteAmounts(this.form.peek(), this.definition.peek(), locale.peek());
    this.#touched.value = new Set([...this.#touched.peek(), field]);
  }

  /** Shows the faults of all fields. @returns true if there are none */
  submit(): boolean {
    this.#isSubmitted.value = true;
    return this.read.peek().faults.size === 0;
  }
}
