/** Splits a list at commas and white space. Empty parts are left out. */
export function splitList(text: string): readonly string[] {
  return text.split(/[,\s]+/).filter((part) => part !== '');
}
