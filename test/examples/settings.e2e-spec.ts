/** The examples that are settings of other programs: the tests ask the service what these programs would ask. */
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ApiResponse, createCaller } from '../support/api-client.js';
import { readYaml } from '../support/deploy-files.js';
import { readProjectFile } from '../support/markdown.js';
import { startRelayedService } from '../support/relayed-service.js';
import type { Service } from '../support/service.js';
import { createTempDirectory } from '../support/temp-directory.js';

/** Address of the service in the settings. */
const ORIGIN = 'http://127.0.0.1:8082';

let service: Service;
beforeAll(async () => {
  service = await startRelayedService({ STORE: 'memory' });
});

/** Sends a request to an address of the settings. */
function request(method: string, address: string, body?: unknown): Promise<ApiResponse> {
  expect(address.slice(0, ORIGIN.length)).toBe(ORIGIN);
  return createCaller(service.url)(`${method} ${address.slice(ORIGIN.length)}`, body);
}

describe('examples/home-assistant', () => {
  interface Settings {
    readonly rest: readonly {
      readonly resource: string;
      readonly sensor: readonly { readonly unique_id: string; readonly value_template: string }[];
    }[];
    readonly rest_command: Readonly<
      Record<string, { readonly url: string; readonly method: string; readonly payload: string }>
    >;
  }

  const { rest, rest_command: commands } = readYaml('examples/home-assistant/configuration.yaml') as Settings;

  /** Evaluates a template that is a path, such as `{{ value_json.counters.orders }}`. */
  function evaluate(template: string, answer: unknown): unknown {
    const [, path = ''] = /^\{\{ value_json\.([\w.]+) \}\}$/.exec(template) ?? [];
    return path.split('.').reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], answer);
  }

  async function readSensors(): Promise<Record<string, unknown>> {
    const values = rest.map(async ({ resource, sensor }) => {
      const { body } = await request('GET', resource);
      return sensor.map(({ unique_id: id, value_template: template }) => [id, evaluate(template, body)]);
    });
    return Object.fromEntries((await Promise.all(values)).flat());
  }

  it('reads a number for each sensor, and counts', async () => {
    expect(await readSensors()).toEqual({ tallyboard_main_orders: 0, tallyboard_main_orders_today: 0 });
    const { url = '', method = '', payload = '' } = commands['count_order'] ?? {};
    expect(await request(method.toUpperCase(), url, JSON.parse(payload))).toMatchObject({ status: 200 });
    expect(await readSensors()).toEqual({ tallyboard_main_orders: 1, tallyboard_main_orders_today: 1 });
  });
});

describe('examples/grafana through Infinity', () => {
  interface Target {
    readonly url: string;
    readonly type: string;
    readonly columns: readonly { readonly selector: string; readonly type: 'number' | 'string' | 'timestamp' }[];
  }

  const FOLDER = 'examples/grafana';
  const { panels } = JSON.parse(readProjectFile(`${FOLDER}/dashboards/days.json`)) as {
    readonly panels: readonly { readonly title: string; readonly datasource: object; readonly targets: [Target] }[];
  };

  it('uses the data source that it provisions, which may ask the addresses of the panels', () => {
    const { datasources } = readYaml(`${FOLDER}/provisioning/datasources/infinity.yaml`) as {
      readonly datasources: readonly [{ uid: string; type: string; jsonData: { allowedHosts: string[] } }];
    };
    const [{ uid, type, jsonData }] = datasources;
    expect(panels.map(({ datasource }) => datasource)).toEqual(panels.map(() => ({ type, uid })));
    expect(jsonData.allowedHosts).toEqual([ORIGIN]);
    const { services } = readYaml(`${FOLDER}/compose.yaml`) as {
      readonly services: { readonly grafana: { readonly environment: Readonly<Record<string, string>> } };
    };
    expect(Object.values(services.grafana.environment)).toContain(type);
  });

  it.each(panels.map(({ title, targets: [target] }) => [title, target] as const))(
    'the CSV of %s has the columns that the panel reads',
    async (_, { url, type, columns }) => {
      expect(type).toBe('csv');
      await request('POST', `${ORIGIN}/dashboards/main/counters/orders/add`, { amount: 2 });
      const now = Date.now();
      const address = url.replace(`\${__from}`, String(now - 6 * 3_600_000)).replace(`\${__to}`, String(now));
      const { status, headers, body } = await request('GET', address);
      expect([status, headers.get('content-type')]).toEqual([200, expect.stringMatching(/^text\/csv/)]);
      const [header = '', ...rows] = String(body).trim().split('\r\n');
      const names = header.split(',');
      const cells = rows.map((row) => row.split(','));
      for (const { selector, type: kind } of columns) {
        expect(names).toContain(selector);
        const values = cells.map((row) => row[names.indexOf(selector)] ?? '').filter((value) => value !== '');
        if (kind === 'timestamp') expect(values.filter((value) => Number.isNaN(Date.parse(value)))).toEqual([]);
        if (kind === 'number') expect(values.filter((value) => Number.isNaN(Number(value)))).toEqual([]);
      }
      expect(rows.length).toBeGreaterThan(0);
    },
  );
});

it('systemd accepts the unit of examples/kiosk', () => {
  const unit = readProjectFile('examples/kiosk/tallyboard-kiosk.service');
  // The program that is started need not be installed here.
  const started = '/usr/bin/cage';
  const path = join(createTempDirectory(), 'tallyboard-kiosk.service');
  writeFileSync(path, existsSync(started) ? unit : unit.replace(started, '/bin/true'));
  const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', path], { encoding: 'utf8' });
  expect([status, stdout, stderr]).toEqual([0, '', '']);
});
