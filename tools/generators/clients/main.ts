/** Counts with each generated client on the service at URL: `main.js URL TOKEN`. */
import assert from 'node:assert/strict';
import { countWithHeyApi } from './hey-api';
import { readSnapshot } from './modelina';
import { countWithOpenApiTypescript } from './openapi-typescript';
import { countWithOrval } from './orval';
import { countWithSwaggerTypescriptApi } from './swagger-typescript-api';
import { AMOUNT } from './target';

const [url = '', token = ''] = process.argv.slice(2);
const clients = {
  'openapi-typescript': countWithOpenApiTypescript,
  'hey-api': countWithHeyApi,
  orval: countWithOrval,
  'swagger-typescript-api': countWithSwaggerTypescriptApi,
};
let mainOrders = 0;
for (const [dashboard, count] of Object.entries(clients)) {
  const counted = await count({ url, token, dashboard });
  mainOrders += 1;
  assert.deepEqual(counted, { orders: AMOUNT, mainOrders, code: 'nothing-to-remove', isListed: true }, dashboard);
  const { type, counters, periods } = await readSnapshot({ url, token, dashboard });
  assert.deepEqual([type, counters, periods?.['day']?.added], ['snapshot', { orders: AMOUNT }, { orders: AMOUNT }]);
}
process.stdout.write(`${Object.keys(clients).join(', ')} and the models of modelina count\n`);
