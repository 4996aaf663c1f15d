/** What an admin sees on an empty board: a form for the first counter, and on an empty service the demo. */
import '../words/add-editor-words.js';
import './settings.css';
import './first-counter.css';
import type { JSX } from 'preact';
import { computed } from '@preact/signals';
import { type DashboardDefinition, PERIODS } from '../../src/client/client.js';
import { buildResourceUrl } from '../../src/client/urls.js';
import { useBoard } from '../app/board-context.js';
import { useLeaveQuestion } from '../app/leave-question.js';
import type { BoardData } from '../data/board-data.js';
import { locale, words } from '../words/locale.js';
import { DemoOffer } from './demo-offer.js';
import { SelectField, TextField } from './fields.js';
import { KindFields } from './kind-fields.js';
import { toName } from './new-name.js';
import { suggestPer } from './number-fields.js';
import { SettingsEdit } from './settings-edit.js';
import { SettingsModel } from './settings-model.js';
import { listTargetPeriods, TargetField } from './target-fields.js';
import { createTileForm, type TileForm } from './tile-form.js';
import { TilePreview } from './tile-preview.js';

interface FirstCounterProps {
  readonly definition: DashboardDefinition;
  /** True to offer the demo: nothing has been counted on this service. */
  readonly offersDemo: boolean;
}

export function FirstCounter({ definition, offersDemo }: FirstCounterProps): JSX.Element {
  const { data } = useBoard();
  const { model, edit } = getForm(data, definition);
  const save = async (): Promise<boolean> => {
    const isStored = await edit.save(undefined);
    if (isStored) model.reset(createForm());
    return isStored;
  };
  const { question } = useLeaveQuestion({
    isChanged: () => model.isChanged.peek(),
    save,
    discard: () => model.reset(createForm()),
  });
  const form = model.form.value;
  const faults = model.shownFaults.value;
  const { editor, running } = words.value;
  const address = buildResourceUrl(data.base, data.name, 'counters');
  const general = faults.get('') ?? faults.get('name');
  return (
    <div class="empty">
      <section class="first" aria-labelledby="first-title">
        <h2 id="first-title">{editor.firstTitle}</h2>
        <p class="lead">{editor.firstLead}</p>
        <form
          class="make"
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            if (!edit.isBusy.peek()) void save();
          }}
        >
          <KindFields model={model} />
          <div class="line">
            <TextField
              id="first-name"
              label={editor.title}
              maxLength={200}
              placeholder={editor.firstExamples[form.kind === 'gauge' ? 'level' : form.format]}
              value={form.title}
              fault={faults.get('title')}
              onInput={(title) => model.set({ title, name: toName(title, model.definition.peek()) })}
            />
            <SelectField
              id="first-shows"
              label={editor.shows}
              value={form.headline}
              choices={[
                ...PERIODS.map((value) => ({ value, text: running[value] })),
                { value: 'total' as const, text: form.kind === 'gauge' ? editor.levelNow : running.total },
              ]}
              isDisabled={form.kind === 'gauge'}
              onChoose={(headline) => model.set({ headline, ...suggestPer(form, headline) })}
            />
            <TargetField model={model} id="first-target" label={editor.target} />
            <SelectField
              id="first-per"
              label={editor.forEach}
              value={form.per}
              choices={listTargetPeriods()}
              isDisabled={form.kind === 'gauge'}
              onChoose={(per) => model.set({ per })}
            />
          </div>
          <div class="go">
            <button type="submit" class="button" data-look="primary" aria-busy={edit.isBusy.value}>
              {editor.createCounter}
            </button>
            <p class="hint">
              <span>
                {editor.firstNext}{' '}
                <code>
                  POST {address.pathname}/{form.name || '…'}/add
                </code>
              </span>
            </p>
          </div>
          <p class="error" role="alert">
            {general}
          </p>
        </form>
      </section>
      <aside class="sample" aria-label={editor.preview}>
        <p class="hint">{editor.preview}</p>
        <TilePreview model={model} />
      </aside>
      {offersDemo && <DemoOffer />}
      {question}
    </div>
  );
}

interface FirstForm {
  readonly model: SettingsModel;
  readonly edit: SettingsEdit;
}

/** Forms of boards, so that what was typed is still there after a look at a wall or at the past. */
const forms = new WeakMap<BoardData, FirstForm>();

function getForm(data: BoardData, definition: DashboardDefinition): FirstForm {
  const known = forms.get(data);
  if (known) return known;
  const present = computed(() => data.definition.value ?? definition);
  const model = new SettingsModel(createForm(), present, true);
  const form = { model, edit: new SettingsEdit(data, model) };
  forms.set(data, form);
  return form;
}

function createForm(): TileForm {
  return createTileForm('counter', locale.peek());
}
