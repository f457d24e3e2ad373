/**
 * STUB of ours of the price lists of AWS (GetProducts), Azure (Retail Prices) and Google Cloud (Cloud Billing Catalog), as far as fanops reads them. Written
 * from the public documentation; never compared with the real ones. Every answer has one entry a page, so that all pages must be read.
 */
import { createServer, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

export interface PriceStub {
  url: string;
  /** Prices of an hour in US dollars, by region and size; of Google Cloud by region and `E2 Core` or `E2 Ram`. Absent: no entry. */
  prices: Record<string, Record<string, number | undefined>>;
  /** Statuses of the next answers, before the ordinary ones. */
  failures: number[];
  /** Paths and targets that were asked for. */
  asked: string[];
  /** Headers of the requests. */
  headers: IncomingMessage['headers'][];
  /** True while requests get no answer. */
  silent: boolean;
  /** True while the first page of a list leads back to itself. */
  loops: boolean;
  stop(): Promise<void>;
}

const ofAws = (usd: number): string =>
  JSON.stringify({
    product: { productFamily: 'Compute Instance' },
    terms: {
      OnDemand: {
        'A.A': {
          effectiveDate: '2020-01-01T00:00:00Z',
          priceDimensions: { 'A.A.C': { unit: 'Hrs', pricePerUnit: { USD: '8.0000000000' } } },
        },
        'A.B': {
          effectiveDate: '2024-01-01T00:00:00Z',
          priceDimensions: {
            'A.B.C': { unit: 'Hrs', pricePerUnit: { USD: usd.toFixed(10) } },
            'A.B.D': { unit: 'Quantity', pricePerUnit: { USD: '7.0000000000' } },
          },
        },
        'A.C': {
          effectiveDate: '2999-01-01T00:00:00Z',
          priceDimensions: { 'A.C.C': { unit: 'Hrs', pricePerUnit: { USD: '6.0000000000' } } },
        },
      },
    },
  });

/** What costs an hour with Linux, since 2024. */
const LINUX = {
  type: 'Consumption',
  currencyCode: 'USD',
  unitOfMeasure: '1 Hour',
  productName: 'Virtual Machines BS Series',
  skuName: 'B1s',
  effectiveStartDate: '2024-01-01T00:00:00Z',
  isPrimaryMeterRegion: true,
};

/** What else the list of Azure has for a size: none of it is what an hour with Linux costs. */
const besides = (armSkuName: string): object[] => [
  {
    type: 'Consumption',
    currencyCode: 'USD',
    unitOfMeasure: '1 Hour',
    productName: 'Virtual Machines BS Series Windows',
    skuName: 'B1s',
    armSkuName,
    retailPrice: 9,
  },
  {
    type: 'Consumption',
    currencyCode: 'USD',
    unitOfMeasure: '1 Hour',
    productName: 'Virtual Machines BS Series',
    skuName: 'B1s Spot',
    armSkuName,
    retailPrice: 0.001,
  },
];

const sku = (description: string, usageType: string, region: string, usageUnit: string, usd: number): object => ({
  description,
  category: { usageType },
  serviceRegions: [region],
  pricingInfo: [
    {
      pricingExpression: {
        usageUnit,
        tieredRates: [
          { unitPrice: { currencyCode: 'USD', units: String(Math.trunc(usd)), nanos: Math.round((usd % 1) * 1e9) } },
        ],
      },
    },
  ],
});

/** Starts it on a free port of the loopback interface. */
export async function startPriceStub(): Promise<PriceStub> {
  const stub: PriceStub = {
    prices: {},
    failures: [],
    asked: [],
    headers: [],
    silent: false,
    loops: false,
    url: '',
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  const priceOf = (region: string, size: string): number | undefined => stub.prices[region]?.[size];

  const page = (all: unknown[], token: string | null): { items: unknown[]; next: string | undefined } => {
    const at = Number(token ?? 0);
    const after = stub.loops ? 1 : at + 1;
    return { items: all.slice(at, at + 1), next: after < all.length ? String(after) : undefined };
  };
  const aws = (body: string): unknown => {
    const { Filters, NextToken = null } = JSON.parse(body) as {
      Filters: { Field: string; Value: string }[];
      NextToken?: string;
    };
    const wanted = Object.fromEntries(Filters.map(({ Field, Value }) => [Field, Value]));
    const usd = priceOf(wanted.regionCode ?? '', wanted.instanceType ?? '');
    const { items, next } = page(usd === undefined ? [] : [ofAws(usd), JSON.stringify({ terms: {} })], NextToken);
    return { FormatVersion: 'aws_v1', PriceList: items, ...(next ? { NextToken: next } : {}) };
  };
  const azure = (url: URL, base: string): unknown => {
    const named = (field: string): string =>
      new RegExp(`${field} eq '([^']*)'`).exec(url.searchParams.get('$filter') ?? '')?.[1] ?? '';
    const [region, size] = [named('armRegionName'), named('armSkuName')];
    const usd = priceOf(region, size);
    const linux =
      usd === undefined
        ? []
        : [
            { ...LINUX, armSkuName: size, retailPrice: 8, effectiveStartDate: '2020-01-01T00:00:00Z' },
            { ...LINUX, armSkuName: size, retailPrice: 6, effectiveStartDate: '2999-01-01T00:00:00Z' },
            { ...LINUX, armSkuName: size, retailPrice: 5, isPrimaryMeterRegion: false },
            { ...LINUX, armSkuName: size, retailPrice: usd },
          ];
    const { items, next } = page([...besides(size), ...linux], url.searchParams.get('$skip'));
    if (next) url.searchParams.set('$skip', next);
    return { Items: items, NextPageLink: next ? `${base}${url.pathname}${url.search}` : null };
  };
  const google = (url: URL): unknown => {
    const skus = Object.entries(stub.prices).flatMap(([region, prices]) =>
      Object.entries(prices)
        .filter(([what]) => / (Core|Ram)$/.test(what))
        .flatMap(([what, usd]) => [
          sku(
            `${what.replace(' ', ' Instance ')} running in Americas`,
            'OnDemand',
            region,
            what.endsWith('Ram') ? 'GiBy.h' : 'h',
            usd ?? 0,
          ),
          sku(
            `Spot Preemptible ${what.replace(' ', ' Instance ')} running in Americas`,
            'Preemptible',
            region,
            'h',
            0.0001,
          ),
        ]),
    );
    const { items, next } = page(skus, url.searchParams.get('pageToken'));
    return { skus: items, nextPageToken: next ?? '' };
  };

  const server = createServer((req: IncomingMessage, res) => {
    const answer = async (): Promise<void> => {
      const chunks: Buffer[] = [];
      for await (const chunk of req) chunks.push(chunk as Buffer);
      const base = `http://${req.headers.host}`;
      const url = new URL(req.url ?? '/', base);
      stub.headers.push(req.headers);
      if (stub.silent) return;
      stub.asked.push(String(req.headers['x-amz-target'] ?? url.pathname));
      const failure = stub.failures.shift();
      if (failure !== undefined) return void res.writeHead(failure, { 'content-type': 'application/json' }).end('{}');
      const body = url.pathname.startsWith('/api/retail')
        ? azure(url, base)
        : url.pathname.startsWith('/v1/')
          ? google(url)
          : aws(Buffer.concat(chunks).toString('utf8'));
      res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    answer().catch((error: unknown) => res.writeHead(500).end(String(error)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(stub, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}
