/** Watches a dashboard by WebSocket without a library: the whole protocol that a viewer needs. */

// URL of the service, from the page's query: ?service=http://127.0.0.1:8082
const service = new URLSearchParams(location.search).get('service') ?? 'http://127.0.0.1:8082';
const list = document.querySelector('#counters');
const status = document.querySelector('#status');

/** The state after a message, or undefined if the message does not follow the state. */
function apply(state, message) {
  if (message.type === 'snapshot')
    return { epoch: message.epoch, revision: message.revision, counters: message.counters };
  if (message.type !== 'patch') return state;
  if (message.from !== state?.revision) return undefined;
  return { ...state, revision: message.revision, counters: { ...state.counters, ...message.counters } };
}

function show({ counters }) {
  list.replaceChildren(
    ...Object.entries(counters).flatMap(([name, value]) => {
      const [term, number] = [document.createElement('dt'), document.createElement('dd')];
      term.textContent = name;
      number.textContent = new Intl.NumberFormat().format(value);
      return [term, number];
    }),
  );
}

function connect(failures = 0) {
  const socket = new WebSocket(`${service.replace('http', 'ws')}/dashboard`, 'tallyboard.v1');
  let state;
  // Up to a second, and longer after each failure. The random part keeps many pages from reconnecting at once.
  let pauseMs = Math.min(30_000, 1_000 * 2 ** failures) * (0.5 + Math.random() / 2);
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(data);
    if (message.type === 'reconnect') pauseMs = message.afterMs;
    if (message.type === 'status') status.textContent = message.degraded ? 'out of date' : 'live';
    const next = apply(state, message);
    if (!next) return socket.close();
    if (next !== state) show(next);
    if (!state) status.textContent = 'live';
    state = next;
  });
  socket.addEventListener('close', ({ code }) => {
    status.textContent = 'reconnecting';
    // 4404: the dashboard was deleted, so there is no reason to reconnect.
    if (code === 4404) status.textContent = 'gone';
    else setTimeout(() => connect(state ? 0 : failures + 1), pauseMs);
  });
}

// The service also serves the script of <live-counter>.
await import(`${service}/embed.js`).catch(() => {});
connect();
