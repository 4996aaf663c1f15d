/** Icons of the page: 16 px, strokes of 1.5 px in the colour of the text. */
import type { JSX } from 'preact';

/** Paths of each icon on a field of 16 x 16. `solid` parts are filled. */
const ICONS = {
  search: { paths: ['M11.25 7a4.25 4.25 0 1 1-8.5 0 4.25 4.25 0 0 1 8.5 0', 'm10.25 10.25 3.25 3.25'] },
  activity: { paths: ['M1.75 8.5h2.5l2-5.5 3.5 10 2-4.5h2.5'] },
  wall: {
    paths: ['M3 2.75h10q1.25 0 1.25 1.25v6q0 1.25-1.25 1.25H3q-1.25 0-1.25-1.25V4q0-1.25 1.25-1.25', 'M5.5 13.75h5'],
  },
  edit: { paths: ['m10.5 3 2.5 2.5-7.25 7.25-3 .5.5-3z'] },
  more: {
    dots: [
      [3.25, 8],
      [8, 8],
      [12.75, 8],
    ],
  },
  down: { paths: ['M4 6.25 8 10.25l4-4'] },
  right: { paths: ['M6.25 4 10.25 8l-4 4'] },
  left: { paths: ['M9.75 4 5.75 8l4 4'] },
  plus: { paths: ['M8 3.25v9.5M3.25 8h9.5'] },
  minus: { paths: ['M3.25 8h9.5'] },
  close: { paths: ['m4 4 8 8M12 4l-8 8'] },
  check: { paths: ['m3.25 8.5 3 3 6.5-7'] },
  clock: { paths: ['M13.75 8a5.75 5.75 0 1 1-11.5 0 5.75 5.75 0 0 1 11.5 0', 'M8 4.75V8l2.25 1.5'] },
  undo: { paths: ['M5.5 3 2.75 5.75 5.5 8.5', 'M3 5.75h6.25a3.75 3.75 0 0 1 0 7.5H6'] },
  download: { paths: ['M8 2.5v7.25M4.75 6.75 8 10l3.25-3.25M2.75 13.25h10.5'] },
  share: {
    paths: ['M6.5 9.5 13 3M8.75 2.75h4.5v4.5M11.5 9.5v2.75a1 1 0 0 1-1 1H3.75a1 1 0 0 1-1-1V5.5a1 1 0 0 1 1-1H6.5'],
  },
  image: {
    paths: [
      'M3.25 2.75h9.5q1.25 0 1.25 1.25v8q0 1.25-1.25 1.25h-9.5Q2 13.25 2 12V4q0-1.25 1.25-1.25',
      'm3 11.5 3.25-3.25 2.25 2.25 2-2 2.5 2.5',
    ],
  },
  table: {
    paths: [
      'M3.25 2.75h9.5q1.25 0 1.25 1.25v8q0 1.25-1.25 1.25h-9.5Q2 13.25 2 12V4q0-1.25 1.25-1.25',
      'M2 6.25h12M2 9.75h12M6.25 6.25v7',
    ],
  },
  link: {
    paths: [
      'M6.75 9.25a2.5 2.5 0 0 0 3.5 0l2.25-2.25a2.47 2.47 0 0 0-3.5-3.5l-.75.75',
      'M9.25 6.75a2.5 2.5 0 0 0-3.5 0L3.5 9A2.47 2.47 0 0 0 7 12.5l.75-.75',
    ],
  },
  print: { paths: ['M4.5 6V2.75h7V6M4.5 11.5H2.75V6.25h10.5v5.25H11.5M4.5 9.5h7v3.75h-7z'] },
  grip: {
    dots: [
      [6, 4],
      [10, 4],
      [6, 8],
      [10, 8],
      [6, 12],
      [10, 12],
    ],
  },
  eye: {
    paths: [
      'M1.75 8S4 3.75 8 3.75 14.25 8 14.25 8 12 12.25 8 12.25 1.75 8 1.75 8z',
      'M9.75 8a1.75 1.75 0 1 1-3.5 0 1.75 1.75 0 0 1 3.5 0',
    ],
  },
  hidden: {
    paths: [
      'M2.5 2.5l11 11M6.2 4A6 6 0 0 1 8 3.75C12 3.75 14.25 8 14.25 8a10 10 0 0 1-1.7 2.2M10.2 11.8a6 6 0 0 1-2.2.45C4 12.25 1.75 8 1.75 8A10 10 0 0 1 4.2 5.1',
    ],
  },
  settings: {
    paths: [
      'M7.25 4.5a1.75 1.75 0 1 1-3.5 0 1.75 1.75 0 0 1 3.5 0h6.5M1.75 4.5h2',
      'M12.25 11.5a1.75 1.75 0 1 1-3.5 0 1.75 1.75 0 0 1 3.5 0h1.5M1.75 11.5h7',
    ],
  },
  trash: { paths: ['M2.75 4.25h10.5M6 4.25V2.75h4v1.5M4 4.25l.6 9h6.8l.6-9M6.75 7v3.5M9.25 7v3.5'] },
  lock: {
    paths: [
      'M4.25 7h7.5Q13 7 13 8.25v4q0 1.25-1.25 1.25h-7.5Q3 13.5 3 12.25v-4Q3 7 4.25 7',
      'M5.25 7V5a2.75 2.75 0 0 1 5.5 0v2',
    ],
  },
  flag: { paths: ['M3.5 14V2.75M3.5 3h8.25l-1.75 3 1.75 3H3.5'] },
  note: { paths: ['M2.5 3.25h11v7.5H7.25L4.5 13v-2.25h-2z'] },
  bars: { paths: ['M3 13V8.5M8 13V3M13 13V6'] },
  line: { paths: ['m2 11.5 3.5-4 3 2.5L14 3.5'] },
  level: { paths: ['M2.75 10.5a5.5 5.5 0 0 1 10.5 0M8 10.5l2.25-3.25'] },
  coins: {
    paths: [
      'M13 4.5c0 1.1-2.24 2-5 2s-5-.9-5-2 2.24-2 5-2 5 .9 5 2',
      'M3 4.5v7c0 1.1 2.24 2 5 2s5-.9 5-2v-7M3 8c0 1.1 2.24 2 5 2s5-.9 5-2',
    ],
  },
  people: {
    paths: [
      'M8.5 5.25a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0',
      'M1.75 13.25c.3-2.4 2-3.75 4.25-3.75s3.95 1.35 4.25 3.75M10.75 3a2.5 2.5 0 0 1 0 4.6M12 9.9c1.3.55 2.05 1.7 2.25 3.35',
    ],
  },
  keys: {
    paths: [
      'M2.75 4h10.5q1.25 0 1.25 1.25v6q0 1.25-1.25 1.25H2.75Q1.5 12.5 1.5 11.25v-6Q1.5 4 2.75 4',
      'M4 6.75h.01M6.65 6.75h.01M9.3 6.75h.01M12 6.75h.01M5 9.75h6',
    ],
  },
  full: { paths: ['M2.75 6V2.75H6M10 2.75h3.25V6M13.25 10v3.25H10M6 13.25H2.75V10'] },
  spark: {
    paths: ['M8 2v3.25M8 10.75V14M2 8h3.25M10.75 8H14M4 4l1.75 1.75M10.25 10.25 12 12M12 4l-1.75 1.75M5.75 10.25 4 12'],
  },
} as const satisfies Record<
  string,
  { readonly paths: readonly string[] } | { readonly dots: readonly (readonly [number, number])[] }
>;

export type IconName = keyof typeof ICONS;

/** Decoration: the control that holds it has a name of its own. */
export function Icon({ name }: { readonly name: IconName }): JSX.Element {
  const icon = ICONS[name];
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      {'paths' in icon && icon.paths.map((path) => <path key={path} d={path} />)}
      {'dots' in icon &&
        icon.dots.map(([x, y]) => <circle key={`${x} ${y}`} cx={x} cy={y} r="1.2" fill="currentColor" stroke="none" />)}
    </svg>
  );
}
