/** An endpoint in memory: it keeps what an import passes on, and exports exactly that. */
import {
  type DashboardExport,
  type DashboardImport,
  type DashboardVersion,
  type ExportedDashboard,
  type ExportRecord,
  StoreExport,
  StoreImport,
} from '../../src/store/transfer.port.js';
import type { TransferEndpoint } from './sample-export.js';

interface KeptDashboard {
  readonly dashboard: ExportedDashboard;
  readonly records: readonly ExportRecord[];
}

class MemoryExport extends StoreExport {
  constructor(private readonly dashboards: ReadonlyMap<string, KeptDashboard>) {
    super();
  }

  async *listNames(): AsyncIterable<string> {
    yield* [...this.dashboards.keys()].toSorted();
  }

  async readDashboard(name: string): Promise<DashboardExport | undefined> {
    const kept = this.dashboards.get(name);
    return (
      kept && {
        dashboard: kept.dashboard,
        readRecords: async function* () {
          yield kept.records;
        },
      }
    );
  }

  async close(): Promise<void> {}
}

class MemoryImport extends StoreImport {
  constructor(private readonly dashboards: Map<string, KeptDashboard>) {
    super();
  }

  async findVersion(name: string): Promise<DashboardVersion | undefined> {
    return this.dashboards.get(name)?.dashboard;
  }

  async begin(dashboard: ExportedDashboard): Promise<DashboardImport> {
    const kept: ExportRecord[] = [];
    return {
      add: async (records) => void kept.push(...records),
      complete: async (epoch) => {
        this.dashboards.set(dashboard.name, { dashboard: { ...dashboard, epoch }, records: kept });
        return true;
      },
      abort: async () => undefined,
    };
  }

  async close(): Promise<void> {}
}

export function createMemoryEndpoint(): TransferEndpoint {
  const dashboards = new Map<string, KeptDashboard>();
  return {
    openImport: async () => new MemoryImport(dashboards),
    openExport: async () => new MemoryExport(dashboards),
  };
}
