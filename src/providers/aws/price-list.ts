import { calling } from './errors.js';
import { inForce } from '../prices/in-force.js';
import { itemsOf } from './patience.js';
import type { AwsSdk } from './sdk.js';

/**
 * The part of an entry of the Price List that is used:
 * https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/using-price-list-query-api.html
 */
interface Product {
  terms?: {
    OnDemand?: Record<
      string,
      { effectiveDate?: string; priceDimensions?: Record<string, { unit?: string; pricePerUnit?: { USD?: string } }> }
    >;
  };
}

/** On-demand prices of an hour with Linux on shared hardware, in US dollars. */
export async function hourlyPrices(
  sdk: AwsSdk,
  region: string,
  size: string,
  now: number,
  abortSignal?: AbortSignal,
): Promise<number[]> {
  const [{ paginateGetProducts }, client] = await Promise.all([import('./clients.js'), sdk.pricing()]);
  const wanted = {
    regionCode: region,
    instanceType: size,
    operatingSystem: 'Linux',
    tenancy: 'Shared',
    preInstalledSw: 'NA',
    capacitystatus: 'Used',
    licenseModel: 'No License required',
  };
  const Filters = Object.entries(wanted).map(([Field, Value]) => ({ Type: 'TERM_MATCH' as const, Field, Value }));
  const entries = await calling(`reading the price of ${size} in ${region}`, () =>
    itemsOf(
      () =>
        paginateGetProducts(
          { client },
          { ServiceCode: 'AmazonEC2', FormatVersion: 'aws_v1', Filters },
          { abortSignal },
        ),
      (page) => page.PriceList,
    ),
  );
  return entries.flatMap((entry) => pricesIn(JSON.parse(String(entry)) as Product, now));
}

/** The prices of the term of a product that is in force: of several the newest that has begun. */
const pricesIn = ({ terms }: Product, now: number): number[] =>
  inForce(Object.values(terms?.OnDemand ?? {}), ({ effectiveDate }) => effectiveDate, now)
    .flatMap(({ priceDimensions }) => Object.values(priceDimensions ?? {}))
    .filter(({ unit }) => unit === 'Hrs')
    .map(({ pricePerUnit }) => Number(pricePerUnit?.USD));
