import type { Filter, Tag, TagSpecification, ResourceType } from '@aws-sdk/client-ec2';
import { TAGS } from '../contracts/ownership.js';

export const AWS = { name: 'aws', title: 'AWS' } as const;

/** Tags as AWS writes them, for one or more kinds of thing. */
export const specifications = (
  types: readonly ResourceType[],
  tags: Readonly<Record<string, string>>,
): TagSpecification[] => types.map((type) => ({ ResourceType: type, Tags: awsTags(tags) }));

export const awsTags = (tags: Readonly<Record<string, string>>): Tag[] =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

/** Tags as a record. */
export const recordOf = (tags: readonly Tag[] | undefined): Record<string, string> =>
  Object.fromEntries((tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));

/** Filters that find what belongs to a fleet, or to one host of it. */
export const owned = (fleet: string, host?: string): Filter[] => [
  { Name: `tag:${TAGS.fleet}`, Values: [fleet] },
  ...(host === undefined ? [] : [{ Name: `tag:${TAGS.host}`, Values: [host] }]),
];

/** Things in one page of a list: the most that EC2 gives. */
export const PAGE = 1000;
