import type { PriceList, PriceRow, RefreshResult } from '../../operations/prices/prices.js';
import type { Style } from '../style.js';
import { table } from '../table.js';
import { nextSteps, notes } from './parts.js';

const OLD_DAYS = 90;
const DAY_MS = 86_400_000;

/** Whether a price was read so long ago that it should be read again. */
export const isOld = (date: string, now: number): boolean => now - Date.parse(date) > OLD_DAYS * DAY_MS;

const amount = (usd: number | undefined, digits: number): string => (usd === undefined ? '-' : `$${usd.toFixed(digits)}`);
const gib = (mib: number): string => `${mib % 1024 === 0 ? mib / 1024 : (mib / 1024).toFixed(1)} GiB`;

export function renderPrices({ prices, failed }: PriceList, style: Style, now = Date.now()): string {
  const row = (each: PriceRow): string[] => [
    style.name(each.size), each.provider, each.region, String(each.vcpu), gib(each.memoryMiB), amount(each.hourlyUsd, 4), amount(each.monthlyUsd, 2), isOld(each.date, now) ? style.warn(each.date) : each.date,
  ];
  const sources = [...new Set(prices.map(({ provider, source }) => `${provider}: ${source}`))];
  const old = prices.some(({ date }) => isOld(date, now));
  return [
    table(['SIZE', 'PROVIDER', 'REGION', 'CPU', 'MEMORY', 'AN HOUR', 'A MONTH', 'READ ON'], prices.map(row), style),
    ...sources.map((line) => style.dim(line)),
    ...notes(failed.map(({ provider, message }) => `${provider}: ${message}`), style),
    ...nextSteps(old ? [['fanops prices refresh', 'reads current prices']] : [], style),
  ].join('\n');
}

export function renderRefresh({ refreshed, failed }: RefreshResult, style: Style): string {
  const done = refreshed.map(({ provider, region, sizes }) => `${style.good('Read')} ${sizes.length} prices of ${style.name(`${provider} ${region}`)}.`);
  const refused = refreshed.flatMap((each) => each.refused.map(({ size, why }) => `${size} in ${each.provider} ${each.region} was not taken: ${why}.`));
  return [...done, ...notes([...refused, ...failed.map(({ provider, message }) => `${provider} was not read: ${message}`)], style)].join('\n');
}
