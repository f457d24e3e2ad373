import type { PriceList, PriceRow, RefreshResult } from '../../operations/prices/prices.js';
import type { Style } from '../style.js';
import { table } from '../table.js';
import { nextSteps, notes } from './parts.js';

const amount = (usd: number | undefined, digits: number): string =>
  usd === undefined ? '-' : `$${usd.toFixed(digits)}`;
const gib = (mib: number): string => `${mib % 1024 === 0 ? mib / 1024 : (mib / 1024).toFixed(1)} GiB`;

export function renderPrices({ prices, failed }: PriceList, style: Style): string {
  const row = (each: PriceRow): string[] => [
    style.name(each.size),
    each.provider,
    each.region,
    String(each.vcpu),
    gib(each.memoryMiB),
    amount(each.hourlyUsd, 4),
    amount(each.monthlyUsd, 2),
    each.old ? style.warn(each.date) : each.date,
  ];
  const sources = [...new Set(prices.map(({ provider, source }) => `${provider}: ${source}`))];
  const old = prices.some((each) => each.old);
  return [
    table(['SIZE', 'PROVIDER', 'REGION', 'CPU', 'MEMORY', 'AN HOUR', 'A MONTH', 'READ ON'], prices.map(row), style),
    ...sources.map((line) => style.dim(line)),
    ...notes(
      failed.map(({ provider, message }) => `${provider}: ${message}`),
      style,
    ),
    ...nextSteps(old ? [['fanops prices refresh', 'reads current prices']] : [], style),
  ].join('\n');
}

export function renderRefresh({ refreshed, failed }: RefreshResult, style: Style): string {
  const done = refreshed.map(
    ({ provider, region, sizes }) =>
      `${style.good('Read')} ${sizes.length} prices of ${style.name(`${provider} ${region}`)}.`,
  );
  const refused = refreshed.flatMap((each) =>
    each.refused.map(({ size, why }) => `${size} in ${each.provider} ${each.region} was not taken: ${why}.`),
  );
  return [
    ...done,
    ...notes([...refused, ...failed.map(({ provider, message }) => `${provider} was not read: ${message}`)], style),
  ].join('\n');
}
