/**
 * Currencies and their own digits behind the decimal point: ISO 4217:2015, list one, amended up to number 180 (in force
 * since 1 January 2026). `Intl` follows cash instead, and has other digits for HUF, IDR and more.
 *
 * Funds codes such as CLF are in the list and here. The 13 codes without a minor unit ("N.A.": precious metals such as
 * XAU, units of account such as XDR, XTS, XXX) are left out: nothing says how many digits they have. A `unit` and a
 * `scale` say it. A code that is withdrawn one day stays, so that definitions that use it remain valid.
 */

/** Codes by number of digits. */
const CODES_BY_DIGITS: Readonly<Record<number, string>> = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF',
  2: `AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY
    COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR
    IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD
    NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP
    SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG`,
  3: 'BHD IQD JOD KWD LYD OMR TND',
  4: 'CLF UYW',
};

const DIGITS: ReadonlyMap<string, number> = new Map(
  Object.entries(CODES_BY_DIGITS).flatMap(([digits, codes]) =>
    codes.split(/\s+/).map((code) => [code, Number(digits)] as const),
  ),
);

/** Returns true for a code of the list, in capitals. */
export function isCurrency(code: string): boolean {
  return DIGITS.has(code);
}

/** Returns the digits of a currency behind the decimal point, 0 to 4; undefined if {@link isCurrency} is false. */
export function getCurrencyDigits(code: string): number | undefined {
  return DIGITS.get(code);
}
