/** Every handler of every controller declares a permission. The guard would refuse one that does not. */
import 'reflect-metadata';
import { Reflector } from '@nestjs/core';
import { AppModule } from '../../src/app.module.js';
import { Config } from '../../src/config/config.js';
import type { AppLogger } from '../../src/ops/logger.js';
import { REQUIRED_PERMISSION } from '../../src/http/required-permission.decorator.js';

type Class = abstract new (...args: never[]) => object;
type RouteHandler = (...args: never[]) => unknown;
interface DynamicPart {
  readonly module: Class;
  readonly imports?: readonly unknown[];
  readonly controllers?: readonly Class[];
}

const readMetadata = (target: object, key: 'imports' | 'controllers'): readonly unknown[] =>
  (Reflect.getMetadata(key, target) as readonly unknown[] | undefined) ?? [];

/** Lists the controllers of a module and of all modules that it imports. */
function listControllers(part: unknown, seen = new Set<unknown>()): readonly Class[] {
  if (seen.has(part)) return [];
  seen.add(part);
  const dynamic = typeof part === 'function' ? undefined : (part as DynamicPart);
  const target = dynamic?.module ?? (part as Class);
  const imports = [...readMetadata(target, 'imports'), ...(dynamic?.imports ?? [])];
  const own = [...(readMetadata(target, 'controllers') as readonly Class[]), ...(dynamic?.controllers ?? [])];
  return [...own, ...imports.flatMap((one) => listControllers(one, seen))];
}

/** Lists the handlers of a controller, inherited ones included. */
function listHandlers(controller: Class): readonly (readonly [name: string, handler: RouteHandler])[] {
  const names = new Set<string>();
  const chain = function* chain(prototype: object): Generator<object> {
    if (prototype === Object.prototype) return;
    yield prototype;
    yield* chain(Object.getPrototypeOf(prototype) as object);
  };
  for (const prototype of chain(controller.prototype))
    for (const name of Object.getOwnPropertyNames(prototype)) names.add(name);
  const members = controller.prototype as Readonly<Record<string, RouteHandler | undefined>>;
  return [...names].flatMap((name) => {
    const member = name === 'constructor' ? undefined : members[name];
    return member && Reflect.hasMetadata('path', member) ? [[`${controller.name}.${name}`, member] as const] : [];
  });
}

it('every handler declares the permission that it requires', () => {
  const handlers = listControllers(AppModule.forRoot(new Config(), {} as AppLogger)).flatMap(listHandlers);
  expect(
    handlers
      .filter(([, handler]) => new Reflector().get<unknown>(REQUIRED_PERMISSION, handler) === undefined)
      .map(([name]) => name),
  ).toEqual([]);
  expect(handlers.length).toBeGreaterThanOrEqual(35);
});
