/** Settings of the board: its title, and where its days and weeks begin. Deletes it, too. */
import type { JSX } from 'preact';
import { useSignal } from '@preact/signals';
import { useContext, useState } from 'preact/hooks';
import { type DashboardDefinition, deleteDashboard, WEEKDAYS } from '../../src/client/client.js';
import { useBoard } from '../app/board-context.js';
import { toFragment } from '../app/page-url.js';
import { locale, words } from '../words/locale.js';
import { ArrangingContext } from './arranging.js';
import { DeleteFields } from './delete-fields.js';
import { Dialog } from './dialog.js';
import { SelectField, TextField } from './fields.js';
import { mapRefusals, toSentence } from './form-words.js';
import { getSettings } from './read-tile-form.js';
import { storeDefinition, type StoreFailure, toStoreFailure, waitForVersion } from './store-definition.js';
import { ZoneField } from './zone-field.js';

interface BoardDialogProps {
  /** Definition at the beginning. */
  readonly definition: DashboardDefinition;
  readonly onClose: () => void;
}

/** Board that every service has. */
const MAIN = 'main';

export function BoardDialog({ definition, onClose }: BoardDialogProps): JSX.Element {
  const { data, view } = useBoard();
  const { resolved } = definition;
  const arranging = useContext(ArrangingContext);
  const [initial] = useState({
    title: definition.title ?? data.name,
    timeZone: resolved.timeZone,
    dayStartsAt: resolved.dayStartsAt,
    weekStartsOn: resolved.weekStartsOn,
  });
  const form = useSignal(initial);
  const faults = useSignal<ReadonlyMap<string, string>>(new Map());
  const conflict = useSignal<DashboardDefinition | undefined>(undefined);
  const isBusy = useSignal(false);
  const { editor } = words.value;
  const { title, timeZone, dayStartsAt, weekStartsOn } = form.value;
  const set = (change: Partial<typeof form.value>): void => {
    form.value = { ...form.peek(), ...change };
    faults.value = new Map();
  };
  const refuse = ({ message, problem }: StoreFailure): void => {
    faults.value = mapRefusals(problem, message, '');
  };
  const save = async (): Promise<boolean> => {
    if (form.peek().title.trim() === '') {
      faults.value = new Map([['title', editor.faults.untitled]]);
      return false;
    }
    isBusy.value = true;
    const result = await storeDefinition(data, {
      base: conflict.peek() ?? definition,
      getPart: (one) => [one.title, one.timeZone, one.dayStartsAt, one.weekStartsOn],
      change: (latest) => applyForm(latest, definition, form.peek()),
    });
    if (result.outcome === 'stored') await waitForVersion(data, result.version);
    isBusy.value = false;
    if (result.outcome === 'stored') onClose();
    else if (result.outcome === 'failed') refuse(result.failure);
    else {
      conflict.value = result.definition;
      faults.value = new Map([['', editor.changedBy(undefined, definition.title ?? data.name)]]);
    }
    return result.outcome === 'stored';
  };
  const remove = async (): Promise<void> => {
    isBusy.value = true;
    try {
      await deleteDashboard(data.base, { dashboard: data.name, ...data.tokenOptions });
      // Nothing of it is left to save.
      form.value = initial;
      onClose();
      arranging?.draft.discard();
      const { theme, locale: language } = view.peek();
      location.hash = toFragment({ dashboard: MAIN, theme, locale: language });
    } catch (error) {
      faults.value = new Map([['delete', toSentence(toStoreFailure(error).message)]]);
    }
    isBusy.value = false;
  };
  return (
    <Dialog
      title={editor.boardSettings}
      note={
        <>
          {editor.boardNote} <code>{data.name}</code>
        </>
      }
      problem={faults.value.get('')}
      submitText={conflict.value ? editor.keepMine : editor.save}
      isBusy={isBusy.value}
      isNarrow
      isChanged={() => JSON.stringify(form.peek()) !== JSON.stringify(initial)}
      onSubmit={save}
      onClose={onClose}
    >
      <div class="form">
        <TextField
          id="board-title"
          label={editor.title}
          takesFocus
          maxLength={200}
          placeholder={data.name}
          value={title}
          fault={faults.value.get('title')}
          onInput={(text) => set({ title: text })}
        />
        <fieldset>
          <legend>{editor.days}</legend>
          <div class="grid">
            <ZoneField
              value={timeZone}
              fault={faults.value.get('timeZone')}
              onInput={(zone) => set({ timeZone: zone })}
            />
            <TextField
              id="board-day"
              type="time"
              label={editor.dayStartsAt}
              value={dayStartsAt}
              fault={faults.value.get('dayStartsAt')}
              onInput={(time) => set({ dayStartsAt: time })}
            />
            <SelectField
              id="board-week"
              label={editor.weekStartsOn}
              value={weekStartsOn}
              choices={WEEKDAYS.map((day, index) => ({ value: day, text: nameWeekday(index) }))}
              fault={faults.value.get('weekStartsOn')}
              onChoose={(day) => set({ weekStartsOn: day })}
            />
          </div>
        </fieldset>
        <DeleteFields
          name={data.name}
          text={data.name === MAIN ? editor.mainStays : editor.boardGone}
          buttonText={editor.deleteBoard}
          isAllowed={data.name !== MAIN}
          fault={faults.value.get('delete')}
          onDelete={() => void remove()}
        />
      </div>
    </Dialog>
  );
}

/** Returns the latest definition with what was changed: defaults that still hold are not written down. */
function applyForm(
  latest: DashboardDefinition,
  { resolved }: DashboardDefinition,
  {
    title,
    timeZone,
    dayStartsAt,
    weekStartsOn,
  }: Record<'title' | 'timeZone' | 'dayStartsAt', string> & Pick<DashboardDefinition['resolved'], 'weekStartsOn'>,
) {
  const { title: present, ...settings } = getSettings(latest);
  // What has no title goes by its name: that is no title of its own.
  const isUntitled = present === undefined && title.trim() === latest.dashboard;
  return {
    ...settings,
    ...(!isUntitled && { title: title.trim() }),
    ...(timeZone !== resolved.timeZone && { timeZone }),
    ...(dayStartsAt !== resolved.dayStartsAt && { dayStartsAt }),
    ...(weekStartsOn !== resolved.weekStartsOn && { weekStartsOn }),
  };
}

/** @param index 0 for Monday */
function nameWeekday(index: number): string {
  // 5 January 1970 was a Monday.
  const day = new Date(Date.UTC(1970, 0, 5 + index));
  return new Intl.DateTimeFormat(locale.value, { weekday: 'long', timeZone: 'UTC' }).format(day);
}
