/** Progress and report of a demo. */
import { formatShopTime, formatProgress, formatReport, Sums } from './sums.js';

function makeCourse(waitingS = 0, stopping = false) {
  const sums = new Sums();
  sums.recordStep('delivery', { stock: 96 });
  sums.recordStep('visit', { visits: 1 });
  sums.recordStep('order', { visits: 1, orders: 1, revenue: 4_998, stock: -2 });
  sums.recordStep('sign-up', { customers: 1 });
  return { sums, fromS: 8 * 3_600, shopTimeS: 86_400 + 9 * 3_600 + 300, tookS: 1_505, waitingS, stopping };
}

it('the simulated time is formatted with its day from the second day on', () => {
  expect([0, 86_399, 86_400, 2 * 86_400 + 3_660].map(formatShopTime)).toEqual([
    '00:00',
    '23:59',
    'day 2 00:00',
    'day 3 01:01',
  ]);
});

it('the progress has a line for the shop and one for the server', () => {
  expect(formatProgress(makeCourse())).toEqual([
    'day 2 09:05  orders 1  returns 0  revenue 50 EUR  visits 2  stock 94',
    'changes 4  refused 0  speed 60',
  ]);
});

it('the progress shows the reason of the last refusal, and that it waits', () => {
  const course = makeCourse(3.2);
  course.sums.recordRefusal('no piece remains to remove');
  const [, server] = formatProgress(course);
  expect(server).toBe('changes 4  refused 1 (no piece remains to remove)  speed 60  waiting for the server for 3 s');
});

it('the progress of a demo that waits while stopping says how to end it', () => {
  const [, server] = formatProgress(makeCourse(0.6, true));
  expect(server).toContain('  waiting for the server for 1 s (interrupt again to stop waiting)');
});

it('the report shows the amounts added and removed', () => {
  const course = makeCourse();
  course.sums.unknown = 2;
  expect(formatReport('main at http://127.0.0.1:8082/', course)).toEqual([
    'main at http://127.0.0.1:8082/: simulated 08:00 to day 2 09:05 in 1505 s, speed 60',
    '  visit 1, order 1, return 0, sign-up 1, sign-off 0, delivery 1, stocktaking 0',
    '  revenue    +4998  -   0',
    '  orders     +   1  -   0',
    '  visits     +   2  -   0',
    '  customers  +   1  -   0',
    '  stock      +  96  -   2',
    '  changes 4, refused 0, unknown 2',
  ]);
});
