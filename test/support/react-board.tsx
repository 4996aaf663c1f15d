/** The components that the tests of `@tallyboard/react` render, in a browser and on a server. */
/** @jsxImportSource react */
import { StrictMode } from 'react';
import { type Snapshot, TallyboardProvider, useChange, useCounter, useDashboard } from '@tallyboard/react';

declare function createTicket(dashboard: string): Promise<string>;

export interface BoardProps {
  /** Base URL of the service. */
  readonly url: string;
  readonly token: string;
  readonly snapshots?: readonly Snapshot[];
  /** How many hooks show the counter `orders`. */
  readonly copies?: number;
  /** True to show the orders of today, and the definition. */
  readonly isDetailed?: boolean;
  /** True to read by tickets, which the page's `createTicket` returns, in place of the token. */
  readonly isTicketed?: boolean;
  /** True to pass the token itself, in place of a function that returns it. */
  readonly isTokenFixed?: boolean;
  /** Default: `main`. */
  readonly dashboard?: string;
  /** True to show nothing. The Provider stays. */
  readonly isEmpty?: boolean;
}

function Orders() {
  const { value, isPending } = useCounter('orders');
  return (
    <output aria-label="orders" data-pending={isPending}>
      {value ?? 'none'}
    </output>
  );
}

function Details() {
  const { value } = useCounter('orders', { period: 'day' });
  const { definition } = useDashboard({ definition: true });
  return (
    <output aria-label="today">
      {definition?.counters['orders']?.title} {value}
    </output>
  );
}

function Status() {
  const { snapshot, status, reconnect } = useDashboard();
  return (
    <>
      <output aria-label="dashboard">
        {status.state} {snapshot?.counters['orders']} {snapshot?.counters['customers']}
      </output>
      <button onClick={reconnect}>Reconnect</button>
    </>
  );
}

function Buttons() {
  const { add, remove, change, undo, error, isPending } = useChange();
  const both = [
    { counter: 'orders', by: 1 },
    { counter: 'customers', by: 2 },
  ];
  const addAndUndo = async () => {
    const { outcome } = await add('orders', 5);
    if (outcome) await undo(outcome.revision);
  };
  return (
    <div data-pending={isPending}>
      <button onClick={() => void add('orders')}>Add</button>
      <button onClick={() => void remove('orders', 100)}>Remove 100</button>
      <button onClick={() => void change(both, { reason: 'first order' })}>Add both</button>
      <button onClick={() => void addAndUndo()}>Add and undo</button>
      {error && <p role="alert">{error.problem?.code ?? error.message}</p>}
    </div>
  );
}

/** A page of counters. The token source is another function in each render, as it is in most programs. */
export function Board({ copies = 10, isDetailed = false, isEmpty = false, ...props }: BoardProps) {
  const { token, isTicketed = false, isTokenFixed = false, ...rest } = props;
  const source = isTicketed
    ? { ticket: (name: string) => createTicket(name) }
    : { token: isTokenFixed ? token : () => token };
  return (
    <StrictMode>
      <TallyboardProvider {...rest} {...source}>
        {!isEmpty && (
          <>
            {Array.from({ length: copies }, (_, index) => (
              <Orders key={index} />
            ))}
            <Status />
            <Buttons />
            {isDetailed && <Details />}
          </>
        )}
      </TallyboardProvider>
    </StrictMode>
  );
}
