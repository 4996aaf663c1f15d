/** The rules of a board: all of them, one with its deliveries, or the form of a new one. */
import '../words/add-rules-words.js';
import './rules.css';
import type { JSX } from 'preact';
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { Rule } from '../../src/client/rules.js';
import { useBoard } from '../app/board-context.js';
import { DialogHead, useModal } from '../editor/dialog.js';
import { Icon } from '../signs/icon.js';
import { words } from '../words/locale.js';
import { RuleFormDialog } from './rule-form-dialog.js';
import type { RuleSubject } from './rule-form.js';
import { RuleList } from './rule-list.js';
import { RuleSheet } from './rule-sheet.js';

type Place =
  | { readonly at: 'list' }
  | { readonly at: 'form'; readonly subject: RuleSubject; readonly isFromTile: boolean }
  /** `made` as it was answered when it was made, with its secrets. */
  | { readonly at: 'rule'; readonly name: string; readonly made?: Rule };

export function Rules(): JSX.Element | null {
  const { data, ui } = useBoard();
  const place = useSignal<Place>(toPlace(ui.rules.peek()));
  const definition = data.definition.value;
  const present = place.value;
  const close = (): void => void (ui.rules.value = undefined);
  const [firstName] = data.names.value;
  if (!definition) return null;
  if (present.at === 'form') {
    const leave = (): void => {
      // Closing is told again once the dialog is gone.
      if (place.peek() !== present) return;
      if (present.isFromTile) close();
      else place.value = { at: 'list' };
    };
    return (
      <RuleFormDialog
        definition={definition}
        subject={present.subject}
        onMade={(made) => (place.value = { at: 'rule', name: made.rule, made })}
        onClose={leave}
      />
    );
  }
  return (
    <RulesDialog
      key="rules"
      place={present}
      onList={() => (place.value = { at: 'list' })}
      onOpen={(name) => (place.value = { at: 'rule', name })}
      onMake={
        firstName === undefined
          ? undefined
          : () => (place.value = { at: 'form', subject: { of: firstName }, isFromTile: false })
      }
      onClose={() => place.peek().at !== 'form' && close()}
    />
  );
}

function toPlace(shown: 'all' | RuleSubject | undefined): Place {
  return typeof shown === 'object' ? { at: 'form', subject: shown, isFromTile: true } : { at: 'list' };
}

interface RulesDialogProps {
  readonly place: Exclude<Place, { readonly at: 'form' }>;
  readonly onList: () => void;
  readonly onOpen: (rule: string) => void;
  /** Undefined on a board without counters. */
  readonly onMake: (() => void) | undefined;
  readonly onClose: () => void;
}

const TITLE_ID = 'rules-title';

function RulesDialog({ place, onList, onOpen, onMake, onClose }: RulesDialogProps): JSX.Element {
  const dialog = useModal();
  const title = useSignal('');
  const { rules } = words.value;
  const isList = place.at === 'list';
  /** Rule that was open last: the list goes back to it. */
  const lastRule = useRef<string | undefined>(undefined);
  useEffect(() => {
    // The control that was focused has gone with the other place.
    if (!isList) dialog.current?.querySelector<HTMLElement>('.back')?.focus();
    else if (lastRule.current !== undefined) dialog.current?.querySelector<HTMLElement>('footer .button')?.focus();
  }, [dialog, isList]);
  if (!isList) lastRule.current = place.name;
  return (
    <dialog ref={dialog} class="settings-dialog" data-narrow="" aria-labelledby={TITLE_ID} onClose={onClose}>
      <div class="settings rules">
        <DialogHead
          id={TITLE_ID}
          title={isList ? rules.title : title.value}
          note={isList ? undefined : <code>{place.name}</code>}
          onClose={() => dialog.current?.close()}
        >
          {!isList && (
            <button
              type="button"
              class="button back"
              data-look="quiet"
              data-icon
              title={rules.back}
              aria-label={rules.back}
              onClick={onList}
            >
              <Icon name="left" />
            </button>
          )}
        </DialogHead>
        {isList ? (
          <RuleList lastRule={lastRule.current} onOpen={onOpen} onMake={onMake} />
        ) : (
          <RuleSheet
            key={place.name}
            name={place.name}
            made={place.made}
            onTitle={(text) => (title.value = text)}
            onGone={onList}
          />
        )}
      </div>
    </dialog>
  );
}
