/** One number has one text: on the page, in embeds, on badges and in a terminal. */
import { stripVTControlCharacters } from 'node:util';
import { TerminalView } from '../../src/cli/watch-screen.js';
import { readDefinition } from '../../src/client/client.js';
import { startApi } from '../support/api-client.js';
import { closePage, openPage } from '../support/browser.js';
import { findTile } from '../support/dashboard-page.js';
import { openPageUnderPath, readElement } from '../support/embed-page.js';
import { eventually } from '../support/cleanup.js';

const LOCALES = ['en', 'de', 'fr', 'es', 'pt-BR', 'sv', 'ja', 'pl', 'de-CH', 'hi'] as const;
/** Currency of each counter: with 3, 2 and 0 digits, and HUF, which has 2 by ISO 4217 and 0 by `Intl`. */
const CURRENCIES = { kwd: 'KWD', eur: 'EUR', jpy: 'JPY', huf: 'HUF' } as const;
const COUNTERS = Object.keys(CURRENCIES);
const PAIRS = LOCALES.flatMap((locale) =>
  COUNTERS.map((counter) => ({ locale, counter, key: `${locale} ${counter}` })),
);

/** No-break spaces become plain ones where a surface collapses them. */
const toWords = (text: string): string => text.replaceAll(/\s+/g, ' ');

it('page, embed, badge and command line write the same text for 40 pairs of locale and currency', async () => {
  const { url, port, call } = await startApi({ STORE: 'memory' });
  const definitions = Object.entries(CURRENCIES).map(([name, currency]) => [name, { currency, min: -10_000_000 }]);
  await call('PUT /dashboards/money', { counters: Object.fromEntries(definitions) });
  const changes = COUNTERS.map((counter) => ({ counter, by: -1_234_567 }));
  await call('POST /dashboards/money/changes', { changes });

  const badges: Record<string, string> = {};
  for (const { locale, counter, key } of PAIRS) {
    const { body } = await call(`GET /dashboards/money/counters/${counter}/badge.svg?label=&locale=${locale}`);
    badges[key] = toWords(/aria-label="([^"]*)"/.exec(body)?.[1] ?? '').replaceAll('&apos;', "'");
  }
  expect(badges).toMatchObject({ 'en kwd': '−KWD 1,234.567', 'de eur': '−12.345,67 €' });

  const elements = PAIRS.map(
    ({ locale, counter, key }) =>
      `<live-counter dashboard="money" counter="${counter}" locale="${locale}" id="${key.replace(' ', '-')}"></live-counter>`,
  );
  const embedding = await openPageUnderPath(port, elements.join(''));
  const readEmbeds = async (): Promise<Record<string, string>> => {
    const entries = PAIRS.map(async ({ key }) => {
      const { value } = await readElement(embedding, `#${key.replace(' ', '-')}`);
      return [key, toWords(value)] as const;
    });
    return Object.fromEntries(await Promise.all(entries));
  };
  await eventually(async () => !Object.values(await readEmbeds()).includes('–'));
  expect(await readEmbeds()).toEqual(badges);

  const pages: Record<string, string> = {};
  const terminals: Record<string, string> = {};
  const definition = await readDefinition(url, { dashboard: 'money' });
  const { body: snapshot } = await call('GET /dashboards/money');
  for (const locale of LOCALES) {
    const page = await openPage(`${url}/#/money`, { locale });
    let screen = '';
    const terminal = {
      columns: 200,
      rows: 50,
      write: (text: string) => void (screen = stripVTControlCharacters(text)),
    };
    const view = new TerminalView(terminal, { title: '', locale, period: undefined });
    view.showDefinition(definition);
    view.showSnapshot(snapshot);
    for (const counter of COUNTERS) {
      const value = findTile(page, counter).locator('.number');
      await eventually(async () => /\p{Nd}/u.test((await value.textContent()) ?? ''));
      // Where there is no room for all of it, the whole number is in the accessible name.
      const exact = (await value.getAttribute('data-exact')) ?? (await value.locator('> bdi').textContent());
      pages[`${locale} ${counter}`] = toWords(exact ?? '');
      terminals[`${locale} ${counter}`] = toWords(new RegExp(`^${counter} (.*)$`, 'm').exec(screen)?.[1] ?? '').trim();
    }
    await closePage(page);
  }
  expect(pages).toEqual(badges);
  expect(terminals).toEqual(badges);
});
