/** What a terminal is told to draw, and where. */
import { Screen } from './screen.js';

function makeScreen(columns = 20, rows = 10) {
  const written: string[] = [];
  const screen = new Screen({ columns, rows, write: (text) => written.push(text) });
  return { screen, written };
}

it('the first block goes where the cursor is, the next in its place', () => {
  const { screen, written } = makeScreen();
  screen.draw(['a', 'b', 'c']);
  screen.draw(['d']);
  screen.draw(['e']);
  expect(written).toEqual(['\u001B[0Ja\nb\nc\n', '\u001B[3F\u001B[0Jd\n', '\u001B[1F\u001B[0Je\n']);
});

it('a line is cut to the width, and no escape of a name reaches the terminal', () => {
  const { screen, written } = makeScreen(6);
  screen.draw(['\u001B[31m123456789']);
  expect(written).toEqual(['\u001B[0J12345\n']);
});

it('of too many lines the first ones and the last are drawn', () => {
  const { screen, written } = makeScreen(20, 6);
  screen.draw(['1', '2', '3', '4', '5', 'status']);
  expect(written).toEqual(['\u001B[0J1\n2\n(3 more)\nstatus\n']);
});
