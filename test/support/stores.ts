/** A dashboard of 300 counters: shops of a chain, in four regions. */
import type { ApiCall } from './api-client.js';

const REGIONS: Readonly<Record<string, readonly string[]>> = {
  North: ['Hamburg', 'Bremen', 'Kiel', 'Lübeck', 'Rostock'],
  East: ['Berlin', 'Leipzig', 'Dresden', 'Halle', 'Chemnitz'],
  South: ['München', 'Stuttgart', 'Nürnberg', 'Ulm', 'Augsburg'],
  West: ['Köln', 'Essen', 'Bonn', 'Aachen', 'Düsseldorf'],
};
const PLACES =
  'Mitte,Altstadt,Bahnhof,Nordpark,Marktplatz,Südtor,Flughafen,Kaufhaus am Ring,Hafen,Uni,Galerie,West,Ost,Arkaden,Messe'.split(
    ',',
  );
/** Each thirtieth shop has sold too little. */
const BAD_EVERY = 30;

/** Names of the counters, in the order of the board. */
export const STORES = Array.from({ length: 300 }, (_, index) => `s${String(index + 1).padStart(3, '0')}`);
const TITLES = Object.values(REGIONS).flatMap((cities) =>
  cities.flatMap((city) => PLACES.map((place) => `${city} ${place}`)),
);

/** Creates the dashboard `stores`, and counts. Shop n has taken n hundred euros. */
export async function createStores(call: ApiCall): Promise<void> {
  const counters = STORES.map((name, index) => [
    name,
    {
      title: TITLES[index],
      scale: 2,
      currency: 'EUR',
      headline: 'day',
      thresholds: [{ at: 0, level: index % BAD_EVERY === BAD_EVERY - 1 ? 'bad' : 'good' }],
    },
  ]);
  const groups = Object.keys(REGIONS).map((title, region) => ({
    title,
    tiles: STORES.slice(region * 75, (region + 1) * 75).map((show) => ({ show })),
  }));
  await call('PUT /dashboards/stores', { title: 'Stores', counters: Object.fromEntries(counters), layout: { groups } });
  for (let first = 0; first < STORES.length; first += 100) {
    const changes = STORES.slice(first, first + 100).map((counter, index) => ({
      counter,
      by: (first + index + 1) * 10_000,
    }));
    await call('POST /dashboards/stores/changes', { changes });
  }
}
