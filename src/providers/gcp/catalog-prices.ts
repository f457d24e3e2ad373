import type { RefreshIo } from '../contracts/pricing.js';
import type { ToldPrice } from '../prices/price-book.js';
import { fetchJson, neverTwice } from '../prices/fetch-json.js';
import type { protos } from '@google-cloud/compute';
import type { GcpCalls } from './calls.js';
import { kindOf } from './errors.js';

type MachineType = protos.google.cloud.compute.v1.IMachineType;

const PUBLIC = 'https://cloudbilling.googleapis.com';
/** Compute Engine in the catalog: https://cloud.google.com/billing/v1/how-tos/catalog-api */
const SERVICE = 'services/6F81-5844-456A';
/** Shares of a core that small sizes of E2 are billed for: https://cloud.google.com/compute/vm-instance-pricing */
const SHARED: Readonly<Record<string, number>> = { 'e2-micro': 0.25, 'e2-small': 0.5, 'e2-medium': 1 };

interface Sku {
  description?: string;
  category?: { usageType?: string };
  serviceRegions?: string[];
  pricingInfo?: {
    pricingExpression?: {
      usageUnit?: string;
      tieredRates?: { unitPrice?: { currencyCode?: string; units?: string; nanos?: number } }[];
    };
  }[];
}

/**
 * Facts of machine types from Compute Engine; prices of cores and memory by series from the public catalog, which has
 * those of all regions in one.
 */
export async function catalogPrices(
  calls: GcpCalls,
  region: string,
  zone: string,
  sizes: readonly string[],
  { signal, lists = new Map() }: RefreshIo,
): Promise<ToldPrice[]> {
  const { project } = calls.config;
  // A zone that is not there is told as an invalid value.
  const look = (machineType: string): Promise<MachineType | undefined> =>
    calls
      .look(
        `looking up ${machineType}`,
        async ({ machineTypes }) => (await machineTypes.get({ project, zone, machineType }))[0],
        { signal },
      )
      .catch((error: unknown) => {
        if (kindOf(error) === 'INVALID') return undefined;
        throw error;
      });
  const types = await Promise.all(sizes.map(look));
  const known = types.flatMap((type, at) => (type ? [{ type, size: sizes[at] ?? '' }] : []));
  if (known.length === 0) return [];
  const list = (lists.get(SERVICE) ?? allSkus(calls, signal)) as Promise<Sku[]>;
  lists.set(SERVICE, list);
  const skus = (await list).filter(
    ({ category, serviceRegions }) => category?.usageType === 'OnDemand' && serviceRegions?.includes(region),
  );
  return known.map(({ type, size }) => {
    const [vcpu, memoryMiB] = [Number(type.guestCpus), Number(type.memoryMb)];
    const [series = ''] = size.split('-');
    const rates = (what: 'Core' | 'Ram', unit: string): number[] =>
      skus
        .filter(({ description = '' }) =>
          new RegExp(`^${series.toUpperCase()}( AMD| Arm)? Instance ${what} running in `).test(description),
        )
        .flatMap((sku) => rateOf(sku, unit));
    const [cores, memory] = [rates('Core', 'h'), rates('Ram', 'GiBy.h')];
    const billed = SHARED[size] ?? vcpu;
    const zero = [...cores, ...memory].includes(0) ? 'the price of its cores or of its memory is 0' : undefined;
    return {
      size,
      vcpu,
      memoryMiB,
      unfit: unfitOf(size, type) ?? zero,
      hourlyUsd: cores.flatMap((core) => memory.map((gib) => round(core * billed + (gib * memoryMiB) / 1024))),
    };
  });
}

/** What of a machine type is not in the prices of cores and memory of its series. */
function unfitOf(size: string, { accelerators, bundledLocalSsds }: MachineType): string | undefined {
  if (/(^|-)custom-/.test(size)) return 'sizes of your own have prices of their own';
  if (accelerators?.length) return 'its accelerators have a price of their own';
  return bundledLocalSsds?.partitionCount ? 'its local disks have a price of their own' : undefined;
}

/**
 * The price of a unit in US dollars: whole units as text, and billionths. A rate of zero stays one, so that it is seen.
 */
function rateOf({ pricingInfo }: Sku, unit: string): number[] {
  const { usageUnit, tieredRates } = pricingInfo?.at(-1)?.pricingExpression ?? {};
  const { currencyCode, units = '0', nanos = 0 } = tieredRates?.at(-1)?.unitPrice ?? {};
  return usageUnit === unit && currencyCode === 'USD' ? [Number(units) + nanos / 1e9] : [];
}

const round = (amount: number): number => Math.round(amount * 1e6) / 1e6;

/** The whole price list of Compute Engine: thousands of entries for all regions. */
async function allSkus(calls: GcpCalls, signal?: AbortSignal): Promise<Sku[]> {
  const base = calls.config.pricingEndpoint ?? PUBLIC;
  const doing = 'reading the price list of Compute Engine';
  const headers = await calls.headers('https://www.googleapis.com/auth/cloud-billing.readonly');
  const once = neverTwice('gcp', doing);
  const all: Sku[] = [];
  let page = '';
  do {
    once(page);
    const url = new URL(
      `/v1/${SERVICE}/skus?currencyCode=USD&pageSize=5000${page ? `&pageToken=${encodeURIComponent(page)}` : ''}`,
      base,
    );
    const { skus = [], nextPageToken = '' } = await fetchJson<{ skus?: Sku[]; nextPageToken?: string }>(url.href, {
      provider: 'gcp',
      doing,
      clock: calls.clock,
      headers,
      signal,
    });
    all.push(...skus);
    page = nextPageToken;
  } while (page);
  return all;
}
