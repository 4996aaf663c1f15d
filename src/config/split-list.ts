/** Splits a list at commas and white space, without empty parts. */
export function splitList(text: string): readonly string[] {
  return text.split(/[,\s]+/).filter((part) => part !== '');
}
