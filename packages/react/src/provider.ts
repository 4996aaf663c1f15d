/** `<TallyboardProvider>`: names the service whose counters the hooks below it show. */
import {
  createContext,
  createElement,
  type ReactElement,
  type ReactNode,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import type { Snapshot, TokenSource } from '@tallyboard/client';
import { type DashboardTicketSource, Service } from './service.js';

export interface TallyboardProviderProps {
  /** Base URL of the service, for example `https://example.org/tallyboard`. */
  readonly url: string | URL;
  /**
   * Bearer token, or a function that returns the current one. A function may be another one in each render, and is for
   * tokens that expire: it is called whenever one is needed. Another string is another person, and connects anew.
   */
  readonly token?: TokenSource | undefined;
  /**
   * In place of a token, for pages that only read: returns a ticket for a dashboard and the origin of the page, once
   * for each request or connection. It may be another function in each render.
   */
  readonly ticket?: DashboardTicketSource | undefined;
  /** Name of the dashboard of hooks that name none. Default: `main`. */
  readonly dashboard?: string | undefined;
  /**
   * States to show until the service has sent its own, at most one of each dashboard: what `readSnapshot` of
   * `@tallyboard/client` has returned. Server and browser must be given the same. Only those of the first render count.
   */
  readonly snapshots?: readonly Snapshot[] | undefined;
  readonly children?: ReactNode;
}

const ServiceContext = createContext<Service | undefined>(undefined);

let lastProviderNumber = 0;

/**
 * Names the service for the hooks below it. Providers of the same URL with the same token share their connections.
 * @example <TallyboardProvider url="https://counts.example.com">...</TallyboardProvider>
 */
export function TallyboardProvider(props: TallyboardProviderProps): ReactElement {
  const { token, ticket, dashboard = 'main', children } = props;
  const url = String(props.url);
  const [snapshots] = useState(props.snapshots ?? []);
  const [providerNumber] = useState(() => (lastProviderNumber += 1));
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
  });
  const authKey = typeof token === 'string' ? `token ${token}` : token || ticket ? `provider ${providerNumber}` : '';
  const [hasTokenSource, hasTicketSource] = [typeof token === 'function', ticket !== undefined];
  const service = useMemo(() => {
    // A source that is gone leaves an empty one, which is refused, to a connection that is about to be closed.
    const readToken = async (): Promise<string> => {
      const { token: current = '' } = latest.current;
      return typeof current === 'string' ? current : current();
    };
    const readTicket: DashboardTicketSource = (name) => latest.current.ticket?.(name) ?? '';
    return new Service({
      url,
      dashboard,
      snapshots,
      authKey,
      token: hasTokenSource ? readToken : token,
      ticket: hasTicketSource ? readTicket : undefined,
    });
    // A string is part of the key, and a function is called through the reference.
  }, [url, dashboard, snapshots, authKey, hasTokenSource, hasTicketSource]);
  return createElement(ServiceContext.Provider, { value: service }, children);
}

/** @throws Error if there is no Provider above */
export function useService(): Service {
  const service = useContext(ServiceContext);
  if (service) return service;
  throw new Error('There is no service to count at: put a <TallyboardProvider url="..."> above this component.');
}
