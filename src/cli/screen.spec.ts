/** Drawing a block of lines in place on a terminal. */
import { Screen } from './screen.js';

function makeScreen(columns = 20, rows = 10) {
  const written: string[] = [];
  const screen = new Screen({ columns, rows, write: (text) => written.push(text) });
  return { screen, written };
}

it('the screen draws the first block at the cursor and every other one in its place', () => {
  const { screen, written } = makeScreen();
  screen.draw(['a', 'b', 'c']);
  screen.draw(['d']);
  screen.draw(['e']);
  expect(written).toEqual(['\u001B[0Ja\nb\nc\n', '\u001B[3F\u001B[0Jd\n', '\u001B[1F\u001B[0Je\n']);
});

it('the screen cuts a line to the width of the terminal and strips escape sequences', () => {
  const { screen, written } = makeScreen(6);
  screen.draw(['\u001B[31m123456789']);
  expect(written).toEqual(['\u001B[0J12345\n']);
});

it('the screen draws the first lines and the last one if there are too many', () => {
  const { screen, written } = makeScreen(20, 6);
  screen.draw(['1', '2', '3', '4', '5', 'status']);
  expect(written).toEqual(['\u001B[0J1\n2\n(3 more)\nstatus\n']);
});
