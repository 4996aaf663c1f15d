/** The board at a desk: numbers, chart, and what stands beside them. */
import type { ComponentType, JSX } from 'preact';
import { useBoard } from '../app/board-context.js';
import { Lazy } from '../app/lazy.js';
import { PeriodSwitch } from '../app/period-switch.js';
import { isPhone } from '../app/phone.js';
import { getShownPart } from '../app/phone-tabs.js';
import { words } from '../words/locale.js';
import { EmptyBoard } from './empty-board.js';
import { Numbers } from './numbers.js';

const loadChart = async (): Promise<ComponentType<object>> => (await import('../chart/chart.js')).Chart;
const loadActivity = async (): Promise<ComponentType<object>> => (await import('../activity/activity.js')).Activity;
const loadAddressNotice = async (): Promise<ComponentType<object>> =>
  (await import('../app/address-notice.js')).AddressNotice;

export function Desk(): JSX.Element {
  const { data, ui } = useBoard();
  const definition = data.definition.value;
  const isEmpty =
    definition !== undefined && Object.keys({ ...definition.counters, ...definition.measures }).length === 0;
  const isUntouched = data.isUncounted.value && data.names.value.every((name) => !data.getNumbers(name).value.total);
  return (
    <div class="desk" data-part={getShownPart(ui)} {...(ui.isActivityOpen.value && { 'data-beside': '' })}>
      <div class="column">
        {isPhone.value && <PeriodSwitch />}
        {/* Without numbers nothing is shown instead of what the address asks for. */}
        {data.hasNumbers.value && location.href.includes('?') && <Lazy load={loadAddressNotice} props={{}} />}
        {!isEmpty && <Numbers onOther={(name) => (ui.changing.value = name)} />}
        {data.status.value.state === 'reconnecting' && !data.hasNumbers.value && <Away />}
        {data.isUncounted.value || isEmpty ? <EmptyBoard isEmpty={isEmpty} /> : null}
        {/* Below the numbers: it would move when they come. Without any count there is nothing to draw. */}
        {definition && !isEmpty && !isUntouched && <Lazy load={loadChart} props={{}} />}
      </div>
      {ui.isActivityOpen.value && <Lazy load={loadActivity} props={{}} placeholder={<aside class="activity" />} />}
    </div>
  );
}

/** Stands where numbers would, if none has come since the page was opened. */
function Away(): JSX.Element {
  const { status } = words.value;
  return (
    <section class="ended" aria-label={status.away}>
      <h2>{navigator.onLine ? status.away : status.offline}</h2>
      <p class="hint">{status.comesBack}</p>
    </section>
  );
}
