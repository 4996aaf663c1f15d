/** Secrets that were made for the targets of a rule. They are shown once. */
import type { JSX } from 'preact';
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { RuleTarget } from '../../src/client/rules.js';
import { Icon } from '../signs/icon.js';
import { isolate } from '../words/isolate.js';
import { words } from '../words/locale.js';
import { Sentence } from '../words/sentence.js';

export function MadeSecrets({ targets }: { readonly targets: readonly RuleTarget[] }): JSX.Element {
  return (
    <>
      {targets.map(({ host, secret }, index) =>
        secret === undefined ? null : <MadeSecret key={index} host={host} secret={secret} />,
      )}
    </>
  );
}

function MadeSecret({ host, secret }: { readonly host: string; readonly secret: string }): JSX.Element {
  const { rules } = words.value;
  const field = useRef<HTMLInputElement>(null);
  const outcome = useSignal<'copied' | 'notCopied' | undefined>(undefined);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(secret);
      outcome.value = 'copied';
    } catch {
      // Without a secure context there is no clipboard.
      field.current?.select();
      outcome.value = 'notCopied';
    }
  };
  return (
    <section class="made">
      <label for="rule-secret">
        <Sentence text={rules.secretOf(isolate(host))} />
      </label>
      <p class="hint" id="rule-secret-hint">
        {rules.shownOnce}
      </p>
      <div class="copied">
        <input
          ref={field}
          id="rule-secret"
          class="input"
          dir="ltr"
          readOnly
          value={secret}
          aria-describedby="rule-secret-hint"
          onFocus={({ currentTarget }) => currentTarget.select()}
        />
        <button type="button" class="button" data-look="primary" onClick={() => void copy()}>
          {outcome.value === 'copied' && <Icon name="check" />}
          {outcome.value === 'copied' ? rules.copied : rules.copy}
        </button>
      </div>
      <p class="unseen" role="status">
        {outcome.value === 'copied' ? rules.copied : ''}
      </p>
      {outcome.value === 'notCopied' && (
        <p class="hint" role="alert">
          {rules.notCopied}
        </p>
      )}
    </section>
  );
}
