/** Offers a demo shop with a past of 14 days, and shows the command that keeps it moving. */
import type { JSX } from 'preact';
import { useSignal } from '@preact/signals';
import { useBoard } from '../app/board-context.js';
import { toFragment } from '../app/page-url.js';
import { Icon } from '../signs/icon.js';
import { words } from '../words/locale.js';
import { toSentence } from './form-words.js';
import { toStoreFailure } from './store-definition.js';

/** Name of the board that is filled. */
const DEMO_DASHBOARD = 'demo';

export function DemoOffer(): JSX.Element {
  const { data, view } = useBoard();
  const isBusy = useSignal(false);
  const fault = useSignal('');
  const { editor } = words.value;
  const fill = async (): Promise<void> => {
    if (isBusy.peek()) return;
    isBusy.value = true;
    fault.value = '';
    try {
      const { fillDemo } = await import('./demo-filler.js');
      await fillDemo(data.base, DEMO_DASHBOARD, data.tokenOptions);
      const { theme, locale } = view.peek();
      location.hash = toFragment({ dashboard: DEMO_DASHBOARD, theme, locale });
    } catch (error) {
      fault.value = toSentence(toStoreFailure(error).message);
      isBusy.value = false;
    }
  };
  return (
    <section class="other" aria-label={editor.orStartWithData}>
      <p>{editor.orStartWithData}</p>
      <button type="button" class="button" aria-busy={isBusy.value} onClick={() => void fill()}>
        <Icon name="spark" />
        {isBusy.value ? editor.filling : editor.fillWithDemo}
      </button>
      <p class="command">
        {editor.demoCommand} <code>tallyboard demo {data.base.href} --from now --speed 1</code>
      </p>
      <p class="error" role="alert">
        {fault.value}
      </p>
    </section>
  );
}
