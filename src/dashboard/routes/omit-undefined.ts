/** Removes properties without a value: with `exactOptionalPropertyTypes`, absent and undefined differ. */

/** Returns the properties that have a value. */
export function omitUndefined<T extends object>(properties: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(
    Object.entries(properties).filter(([, value]) => value !== undefined && value !== null),
  ) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
