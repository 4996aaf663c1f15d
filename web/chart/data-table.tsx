/** The numbers of a chart as a table: a row a bucket, with the span before. */
import type { JSX } from 'preact';
import { formatShownNumber, getPresentation } from '../../src/measures/shown-number.js';
import { locale, words } from '../words/locale.js';
import type { ChartModel } from './chart-model.js';
import { findBefore, formatBucket } from './readout.js';

interface DataTableProps {
  readonly model: ChartModel;
  /** Name of the span before; undefined if nothing is compared. */
  readonly before: string | undefined;
}

export function DataTable({ model, before }: DataTableProps): JSX.Element {
  const { definition, chart, lanes } = model;
  const { chart: texts } = words.value;
  const { timeZone } = definition.resolved;
  const series = lanes.flatMap((lane) => lane.series);
  const format = (name: string, number: number | null): string =>
    formatShownNumber(definition, name, number, locale.value);
  return (
    <div class="data" role="region" aria-label={texts.asTable} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">{texts.time}</th>
            {series.map(({ name }) => (
              <>
                <th key={name} scope="col">
                  <bdi>{getPresentation(definition, name).title ?? name}</bdi>
                </th>
                {before !== undefined && (
                  <th key={`${name} before`} scope="col" data-before>
                    {before}
                  </th>
                )}
              </>
            ))}
          </tr>
        </thead>
        <tbody>
          {chart.rows.map((row, index) => (
            <tr key={row.start}>
              <th scope="row">{formatBucket(row, chart.bucket, timeZone)}</th>
              {series.map((one) => (
                <>
                  <td key={one.name}>
                    <bdi>{format(one.name, one.numbers[index] ?? null)}</bdi>
                  </td>
                  {before !== undefined && (
                    <td key={`${one.name} before`} data-before>
                      <bdi>{format(one.name, findBefore(one, row))}</bdi>
                    </td>
                  )}
                </>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
