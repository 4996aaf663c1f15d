/** JSON with decimal text as numbers. */
import { stringifyDecimals, toJsonNumber } from './decimal-json.js';

describe('JSON with decimals', () => {
  it('has numbers digit by digit, and leaves everything else alone', () => {
    const measures = { basket: toJsonNumber('90071992547409.91'), loss: toJsonNumber('-0.05'), none: null };
    expect(stringifyDecimals({ text: '12.34', quoted: '"\\u0001', measures, list: [toJsonNumber('7')] })).toBe(
      String.raw`{"text":"12.34","quoted":"\"\\u0001","measures":{"basket":90071992547409.91,"loss":-0.05,"none":null},"list":[7]}`,
    );
  });
});
