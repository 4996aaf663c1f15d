/** The settings of a counter or a measure, of one that exists or of a new one, with a preview of its tile. */
import type { JSX } from 'preact';
import { computed, useSignal } from '@preact/signals';
import { useContext, useMemo } from 'preact/hooks';
import type { DashboardDefinition } from '../../src/client/client.js';
import { listCountersOf } from '../../src/measures/derived-measure.js';
import { useBoard } from '../app/board-context.js';
import type { TileSize } from '../tile/tile.js';
import { isolate } from '../words/isolate.js';
import { Sentence } from '../words/sentence.js';
import { locale, words } from '../words/locale.js';
import { findTile, toArrangement } from './arrangement.js';
import { ArrangingContext, getTitle } from './arranging.js';
import { DeleteFields } from './delete-fields.js';
import { Dialog } from './dialog.js';
import { Segmented } from './fields.js';
import { toSentence } from './form-words.js';
import { FormulaFields } from './formula-fields.js';
import { KindFields } from './kind-fields.js';
import { NumberFields } from './number-fields.js';
import { SettingsEdit } from './settings-edit.js';
import { SettingsModel } from './settings-model.js';
import { TargetFields, ThresholdFields } from './target-fields.js';
import { createTileForm, isMeasureForm, toTileForm } from './tile-form.js';
import { TilePreview } from './tile-preview.js';
import { TILE_SIZES } from './tile-tools.js';

interface SettingsDialogProps {
  /** Definition at the beginning. */
  readonly definition: DashboardDefinition;
  /** Counter or measure; or what to make. */
  readonly subject: { readonly name: string } | { readonly make: 'counter' | 'measure' };
  readonly onClose: () => void;
}

export function SettingsDialog({ definition, subject, onClose }: SettingsDialogProps): JSX.Element {
  const { data } = useBoard();
  const arranging = useContext(ArrangingContext);
  const isNew = 'make' in subject;
  const { model, edit } = useMemo(
    () => {
      const form = isNew
        ? createTileForm(subject.make === 'counter' ? 'counter' : 'ratio', locale.peek())
        : toTileForm(definition, subject.name, locale.peek());
      const settings = new SettingsModel(
        form,
        computed(() => data.definition.value ?? definition),
        isNew,
      );
      return { model: settings, edit: new SettingsEdit(data, settings) };
    },
    // It begins once: the dialog is another one for another subject.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
    [],
  );
  const form = model.form.value;
  const arrangement = arranging ? arranging.draft.arrangement.value : toArrangement(definition);
  const presentSize = findTile(arrangement, form.name)?.size ?? 'medium';
  const size = useSignal<TileSize>(presentSize);
  const { editor } = words.value;
  const isMeasure = isMeasureForm(form);
  const faults = model.shownFaults.value;
  const general = faults.get('');
  const count = [...faults.keys()].filter((field) => field !== '' && field !== 'delete').length;
  const conflict = edit.conflict.value;

  const save = async (): Promise<boolean> => {
    const isStored = await edit.save(arranging || size.peek() === presentSize ? undefined : size.peek());
    if (!isStored) return false;
    // The arrangement of the editor is saved with the other changes of it.
    arranging?.draft.take({ kind: 'resize', show: form.name, size: size.peek() });
    onClose();
    return true;
  };
  const remove = async (): Promise<void> => {
    if (await edit.delete()) onClose();
  };
  const title = isNew ? (isMeasure ? editor.newMeasure : editor.newCounter) : getTitle(data, form.name);
  return (
    <Dialog
      title={title}
      note={
        isNew ? undefined : (
          <>
            {editor.kindOf[form.kind]} <code>{form.name}</code>
          </>
        )
      }
      problem={general ?? (count > 0 ? editor.fieldsToCheck(count) : undefined)}
      submitText={isNew ? (isMeasure ? editor.createMeasure : editor.createCounter) : editor.save}
      isBusy={edit.isBusy.value}
      isChanged={() => model.isChanged.peek() || size.peek() !== presentSize}
      onSubmit={save}
      onClose={onClose}
    >
      <div class="form">
        {conflict && (
          <div class="notice" role="alert">
            <p>
              <b>
                <Sentence text={editor.changedBy(undefined, isolate(title))} />
              </b>
            </p>
            <span class="spacer" />
            <button type="button" class="button" data-look="quiet" onClick={() => edit.takeTheirs()}>
              {editor.takeTheirs}
            </button>
            <button type="button" class="button" onClick={() => edit.keepMine()}>
              {editor.keepMine}
            </button>
          </div>
        )}
        {isNew && <KindFields model={model} />}
        {isMeasure && <FormulaFields model={model} />}
        <NumberFields model={model} />
        <TargetFields model={model} />
        <ThresholdFields model={model} />
        {!isNew && <Deletion model={model} onDelete={() => void remove()} />}
      </div>
      <aside class="beside" aria-label={editor.preview}>
        <p class="hint">{editor.preview}</p>
        <TilePreview model={model} size={size.value} />
        {!isNew && (
          <Segmented
            name="tile-size"
            label={editor.size}
            value={size.value}
            choices={TILE_SIZES.map((value) => ({ value, text: editor.sizes[value] }))}
            onChoose={(chosen) => (size.value = chosen)}
          />
        )}
        <p class="hint">{editor.everyScreen}</p>
      </aside>
    </Dialog>
  );
}

function Deletion({ model, onDelete }: { readonly model: SettingsModel; readonly onDelete: () => void }): JSX.Element {
  const { editor } = words.value;
  const { name, ...form } = model.form.value;
  const { measures = {} } = model.definition.value;
  const users = Object.entries(measures).filter(([, measure]) => listCountersOf(measure).includes(name));
  const refusal = model.refused.value.get('delete');
  if (isMeasureForm(form)) {
    return (
      <DeleteFields
        name={name}
        text={editor.measureGone}
        buttonText={editor.deleteMeasure}
        isAllowed
        fault={refusal && toSentence(refusal)}
        onDelete={onDelete}
      />
    );
  }
  const titles = users.map(([measure, { title = measure }]) => isolate(title));
  return (
    <DeleteFields
      name={name}
      text={`${editor.goneForGood}${titles.length > 0 ? ` ${editor.neededBy(titles)}` : ''}`}
      buttonText={editor.deleteCounter}
      isAllowed={titles.length === 0}
      fault={refusal && toSentence(refusal)}
      onDelete={onDelete}
    />
  );
}
