import type { HostWish } from '../contracts/setup.js';

/** Sizes that hosts of the fleet file name. */
export const sizesOf = (hosts: Readonly<Record<string, HostWish>>): string[] => [
  ...new Set(Object.values(hosts).flatMap(({ size }) => size ?? [])),
];
