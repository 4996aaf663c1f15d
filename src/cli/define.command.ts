/** `tallyboard define`: makes a dashboard and counters, or gives existing ones titles. */
import type { CounterDefinition } from '../counters/definition.js';
import { define } from '../client/client.js';
import { type CommandEnvironment, createTokenReader } from './bearer-token.js';

export interface DefineCommandOptions {
  readonly title?: string;
  readonly tokenFile?: string;
  readonly json?: boolean;
}

/** @param counters `name` or `name=Title` */
export async function defineDashboard(
  url: URL,
  dashboard: string,
  counters: readonly string[],
  { title, tokenFile, json }: DefineCommandOptions,
  env: CommandEnvironment,
): Promise<void> {
  const token = createTokenReader(tokenFile, env);
  const described = await define(url, {
    dashboard,
    counters: Object.fromEntries(counters.map(parseCounter)),
    ...(title !== undefined && { title }),
    ...(token !== undefined && { token }),
  });
  const names = Object.entries(described.counters).map(([name, { title: own }]) => (own ? `${name} (${own})` : name));
  const text = `${dashboard}: ${names.join(', ')}\nIts page: ${new URL(`./#/${dashboard}`, withSlash(url)).href}`;
  process.stdout.write(`${json ? JSON.stringify(described) : text}\n`);
}

function parseCounter(text: string): [name: string, definition: CounterDefinition] {
  const [name = '', title] = text.split(/=(.*)/s, 2);
  return [name, title === undefined ? {} : { title }];
}

function withSlash(url: URL): URL {
  const base = new URL(url);
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  return base;
}
