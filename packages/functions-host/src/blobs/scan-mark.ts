import type { HostStorage } from '../singletons/host-storage.js';

/**
 * How far scans of a container came: `blobscaninfo/HOSTID/ACCOUNT/CONTAINER/scanInfo`, as Azure's host keeps it
 * (specification 6).
 */
export interface ScanMark {
  /** Start of the times that are still to be looked at; undefined = all. */
  read(): Promise<Date | undefined>;
  write(latest: Date): Promise<void>;
}

export function scanMark(storage: HostStorage, account: string, container: string): ScanMark {
  const name = `blobscaninfo/${storage.hostId}/${account}/${container}/scanInfo`;
  const open = async () => (await storage.container()).getBlockBlobClient(name);
  return {
    read: async () => {
      try {
        const { LatestScan } = JSON.parse((await (await open()).downloadToBuffer()).toString('utf8')) as {
          LatestScan?: string;
        };
        const date = new Date(LatestScan ?? '');
        return Number.isNaN(date.getTime()) ? undefined : date;
      } catch (error) {
        if (error instanceof SyntaxError || (error as { statusCode?: number }).statusCode === 404) return undefined;
        throw error;
      }
    },
    write: async (latest) => {
      const body = JSON.stringify({ LatestScan: latest.toISOString() });
      await (await open()).upload(body, Buffer.byteLength(body));
    },
  };
}
