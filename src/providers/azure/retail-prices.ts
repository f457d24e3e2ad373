import { ProviderError } from '../contracts/errors.js';
import type { ToldPrice } from '../prices/price-book.js';
import { fetchJson, neverTwice } from '../prices/fetch-json.js';
import { inForce } from '../prices/in-force.js';
import type { AzureCalls } from './calls.js';

const PUBLIC = 'https://prices.azure.com';

/**
 * A page of the Retail Prices API:
 * https://learn.microsoft.com/rest/api/cost-management/retail-prices/azure-retail-prices
 */
interface Page {
  Items?: Item[];
  NextPageLink?: string | null;
}

interface Item {
  type?: string;
  currencyCode?: string;
  unitOfMeasure?: string;
  productName?: string;
  skuName?: string;
  armSkuName?: string;
  retailPrice?: number;
  /** ISO date. */
  effectiveStartDate?: string;
  /** Of meters that several regions share, the one that is billed for is the primary one. */
  isPrimaryMeterRegion?: boolean;
}

/**
 * Facts of sizes from the Resource Manager, pay-as-you-go prices of an hour with Linux from the public price list,
 * which asks for no login.
 */
export async function retailPrices(
  calls: AzureCalls,
  location: string,
  sizes: readonly string[],
  signal?: AbortSignal,
): Promise<ToldPrice[]> {
  const skus = await calls.all(
    `listing the sizes of ${location}`,
    ({ compute }) => compute.resourceSkus.list({ filter: `location eq '${location}'` }),
    { signal },
  );
  const known = skus.filter(
    ({ resourceType, name }) => resourceType === 'virtualMachines' && sizes.includes(name ?? ''),
  );
  return Promise.all(
    known.map(async ({ name = '', capabilities }) => {
      const told = (what: string): number => Number(capabilities?.find((each) => each.name === what)?.value);
      return {
        size: name,
        vcpu: told('vCPUs'),
        memoryMiB: told('MemoryGB') * 1024,
        hourlyUsd: await pricesOf(calls, location, name, signal),
      };
    }),
  );
}

async function pricesOf(calls: AzureCalls, location: string, size: string, signal?: AbortSignal): Promise<number[]> {
  const doing = `reading the price of ${size} in ${location}`;
  const filter =
    `serviceName eq 'Virtual Machines' and priceType eq 'Consumption' and ` +
    `armRegionName eq '${location}' and armSkuName eq '${size}'`;
  const base = new URL(calls.config.pricingEndpoint ?? PUBLIC);
  const found: Item[] = [];
  const once = neverTwice('azure', doing);
  let next: string | null | undefined = new URL(`/api/retail/prices?$filter=${encodeURIComponent(filter)}`, base).href;
  while (next) {
    once(next);
    const page: Page = await fetchJson<Page>(next, { provider: 'azure', doing, clock: calls.clock, signal });
    found.push(
      ...(page.Items ?? []).filter(
        ({ type, currencyCode, unitOfMeasure, productName = '', skuName = '', armSkuName }) =>
          type === 'Consumption' &&
          currencyCode === 'USD' &&
          unitOfMeasure === '1 Hour' &&
          armSkuName === size &&
          !/Windows|Cloud Services|Dedicated Host/.test(productName) &&
          !/Spot|Low Priority/.test(skuName),
      ),
    );
    next = page.NextPageLink;
    if (next && new URL(next).origin !== base.origin)
      throw new ProviderError(`The price list of Azure goes on at another place: ${new URL(next).origin}.`, {
        provider: 'azure',
        code: 'PROVIDER',
      });
  }
  const primary = found.filter(({ isPrimaryMeterRegion }) => isPrimaryMeterRegion);
  return inForce(
    primary.length > 0 ? primary : found,
    ({ effectiveStartDate }) => effectiveStartDate,
    calls.clock.now(),
  ).map(({ retailPrice }) => Number(retailPrice));
}
