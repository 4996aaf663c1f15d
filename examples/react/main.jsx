/** Shows the counters of the dashboard `main`, and adds orders and takes them away. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { TallyboardProvider, useChange, useCounter, useDashboard } from '@tallyboard/react';

// URL of the service, from the page's query: ?service=http://127.0.0.1:8082
const service = new URLSearchParams(location.search).get('service') ?? 'http://127.0.0.1:8082';
const format = new Intl.NumberFormat('en');

/** A button for each way. The number changes at once, and goes back if the service refuses. */
function Orders() {
  const { value, isPending } = useCounter('orders');
  const { add, remove, error } = useChange();
  return (
    <section aria-busy={isPending}>
      <h2>Orders: {value === undefined ? '–' : format.format(value)}</h2>
      <button onClick={() => void add('orders')}>Add an order</button>{' '}
      <button onClick={() => void remove('orders')}>Remove an order</button>
      {error && <p role="alert">{error.message}</p>}
    </section>
  );
}

function Board() {
  const { snapshot, status, definition } = useDashboard({ definition: true });
  return (
    <section>
      <h2>{definition?.title ?? 'All counters'}</h2>
      <ul>
        {Object.entries(snapshot?.counters ?? {}).map(([name, value]) => (
          <li key={name}>
            {definition?.counters[name]?.title ?? name}: {format.format(value)}
          </li>
        ))}
      </ul>
      <p role="status">{status.state}</p>
    </section>
  );
}

createRoot(document.querySelector('main')).render(
  <StrictMode>
    <TallyboardProvider url={service}>
      <h1>Shop</h1>
      <Orders />
      <Board />
    </TallyboardProvider>
  </StrictMode>,
);
