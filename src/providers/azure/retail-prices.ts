import { ProviderError } from '../contracts/errors.js';
import type { ToldPrice } from '../prices/price-book.js';
import { fetchJson } from '../prices/fetch-json.js';
import type { AzureCalls } from './calls.js';

const PUBLIC = 'https://prices.azure.com';

/** A page of the Retail Prices API: https://learn.microsoft.com/rest/api/cost-management/retail-prices/azure-retail-prices */
interface Page {
  Items?: { type?: string; currencyCode?: string; unitOfMeasure?: string; productName?: string; skuName?: string; armSkuName?: string; retailPrice?: number }[];
  NextPageLink?: string | null;
}

/** Facts of sizes from the Resource Manager, pay-as-you-go prices of an hour with Linux from the public price list, which asks for no login. */
export async function retailPrices(calls: AzureCalls, location: string, sizes: readonly string[]): Promise<ToldPrice[]> {
  const skus = await calls.all(`listing the sizes of ${location}`, ({ compute }) => compute.resourceSkus.list({ filter: `location eq '${location}'` }));
  const known = skus.filter(({ resourceType, name }) => resourceType === 'virtualMachines' && sizes.includes(name ?? ''));
  return Promise.all(known.map(async ({ name = '', capabilities }) => {
    const told = (what: string): number => Number(capabilities?.find((each) => each.name === what)?.value);
    return { size: name, vcpu: told('vCPUs'), memoryMiB: told('MemoryGB') * 1024, hourlyUsd: await pricesOf(calls, location, name) };
  }));
}

async function pricesOf(calls: AzureCalls, location: string, size: string): Promise<number[]> {
  const filter = `serviceName eq 'Virtual Machines' and priceType eq 'Consumption' and armRegionName eq '${location}' and armSkuName eq '${size}'`;
  const base = new URL(calls.config.pricingEndpoint ?? PUBLIC);
  const prices: number[] = [];
  let next: string | null | undefined = new URL(`/api/retail/prices?$filter=${encodeURIComponent(filter)}`, base).href;
  while (next) {
    const page: Page = await fetchJson<Page>(next, { provider: 'azure', doing: `reading the price of ${size} in ${location}`, clock: calls.clock });
    const fitting = (page.Items ?? []).filter(({ type, currencyCode, unitOfMeasure, productName = '', skuName = '', armSkuName }) =>
      type === 'Consumption' && currencyCode === 'USD' && unitOfMeasure === '1 Hour' && armSkuName === size && !/Windows/.test(productName) && !/Spot|Low Priority/.test(skuName));
    prices.push(...fitting.map(({ retailPrice }) => Number(retailPrice)));
    next = page.NextPageLink;
    if (next && new URL(next).origin !== base.origin) throw new ProviderError(`The price list of Azure goes on at another place: ${new URL(next).origin}.`, { provider: 'azure', code: 'PROVIDER' });
  }
  return prices;
}
