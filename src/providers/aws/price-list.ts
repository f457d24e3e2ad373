import { calling } from './errors.js';
import type { AwsSdk } from './sdk.js';

/** The part of an entry of the Price List that is used: https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/using-price-list-query-api.html */
interface Product {
  terms?: { OnDemand?: Record<string, { priceDimensions?: Record<string, { unit?: string; pricePerUnit?: { USD?: string } }> }> };
}

/** On-demand prices of an hour with Linux on shared hardware, in US dollars. */
export async function hourlyPrices(sdk: AwsSdk, region: string, size: string): Promise<number[]> {
  const [{ paginateGetProducts }, client] = await Promise.all([import('@aws-sdk/client-pricing'), sdk.pricing()]);
  const wanted = { regionCode: region, instanceType: size, operatingSystem: 'Linux', tenancy: 'Shared', preInstalledSw: 'NA', capacitystatus: 'Used', licenseModel: 'No License required' };
  const Filters = Object.entries(wanted).map(([Field, Value]) => ({ Type: 'TERM_MATCH' as const, Field, Value }));
  return calling(`reading the price of ${size} in ${region}`, async () => {
    const prices: number[] = [];
    for await (const page of paginateGetProducts({ client }, { ServiceCode: 'AmazonEC2', FormatVersion: 'aws_v1', Filters })) {
      for (const entry of page.PriceList ?? []) prices.push(...pricesIn(JSON.parse(String(entry)) as Product));
    }
    return prices;
  });
}

const pricesIn = ({ terms }: Product): number[] => Object.values(terms?.OnDemand ?? {})
  .flatMap(({ priceDimensions }) => Object.values(priceDimensions ?? {})).filter(({ unit }) => unit === 'Hrs').map(({ pricePerUnit }) => Number(pricePerUnit?.USD));
