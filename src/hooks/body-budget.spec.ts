/** The budget of bodies: never more than its limit, in the order of arrival. */
import { BodyBudget } from './body-budget.js';

describe('a budget of bodies', () => {
  it('lets bodies start in the order of their arrival, as room is given back', () => {
    const budget = new BodyBudget(10);
    const started: string[] = [];
    expect(budget.tryTake(6)).toBe(true);
    budget.wait(5, () => started.push('large'));
    // Small enough, but behind the other one: otherwise small ones could keep a large one waiting without end.
    expect(budget.tryTake(1)).toBe(false);
    budget.wait(1, () => started.push('small'));
    expect(started).toEqual([]);
    budget.give(6);
    expect(started).toEqual(['large', 'small']);
    expect(budget.waiting).toBe(0);
    expect(budget.tryTake(4)).toBe(true);
    expect(budget.tryTake(1)).toBe(false);
  });

  it('lets the next ones start when the first gives up', () => {
    const budget = new BodyBudget(10);
    budget.tryTake(5);
    let isStarted = false;
    const giveUp = budget.wait(10, () => undefined);
    budget.wait(5, () => (isStarted = true));
    expect(isStarted).toBe(false);
    giveUp();
    expect([isStarted, budget.waiting]).toEqual([true, 0]);
    giveUp();
    budget.give(10);
    expect(budget.tryTake(10)).toBe(true);
    expect(budget.tryTake(1)).toBe(false);
  });
});
