/** The simulation: the same seed gives the same run, and a bug that is planted is found. */
import { execFile } from 'node:child_process';

interface Run {
  readonly code: number;
  readonly output: string;
}

/** Runs the built simulation. */
function simulate(...args: readonly string[]): Promise<Run> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['dist-simulation/run.js', ...args], (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr });
    });
  });
}

const readTraces = ({ output }: Run): readonly string[] => output.match(/trace [0-9a-f]{8}, \d+ steps/g) ?? [];

describe('the simulation', () => {
  it('gives the same run for the same seed, whatever ran before it', async () => {
    const [many, one] = await Promise.all([
      simulate('--seeds', '1..4', '--hours', '0.04'),
      simulate('--seed', '4', '--hours', '0.04'),
    ]);
    expect([many.code, one.code]).toEqual([0, 0]);
    expect(new Set(readTraces(many)).size).toBe(4);
    expect(readTraces(one)).toEqual([readTraces(many)[3]]);
  });

  it.each(['a key is not looked up', 'the callers of a group get the replies of others'])(
    'finds that %s, and prints the seed, the time and the step',
    async (mutant) => {
      const { code, output } = await simulate('--seeds', '1..20', '--hours', '0.1', '--mutant', mutant);
      expect(code).toBe(1);
      expect(output).toMatch(/^seed \d+ breaks a promise at \d\d:\d\d:\d\d\.\d{3}, step \d+: .+/m);
    },
  );

  it.each([
    ['--hours', '0'],
    ['--hours', 'x'],
    ['--seed', 'x'],
    ['--seeds', '3..1'],
    ['--nonsense'],
    ['--mutant', 'x'],
  ])('refuses %s %s with 2, and says what there is', async (...args) => {
    const { code, output } = await simulate(...args);
    expect([code, output]).toEqual([2, expect.stringContaining('npm run simulate -- [options]')]);
  });
});
