import { z } from 'zod';
import { text } from './text.schema.js';

/** Options of what takes none. */
export const noOptions = z.strictObject({});

export const service = z.string().min(1).describe('Service of the fleet');
export const host = z.string().min(1).describe('Host of the fleet');
export const force = z.boolean().optional();
export const run = z.string().describe('Run that did it');
export const count = z.int().nonnegative();
export const ms = z.number().describe('Milliseconds');

/** Names in a list, given as a text with commas between them or as a list. */
const names = () =>
  z.union([
    text((value) =>
      value
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== ''),
    ),
    z.array(z.string().min(1)),
  ]);

export const without = names()
  .optional()
  .describe('Hosts of the placement that are left out, such as one that is down: app-2,app-3');

/** Options of what acts on one service. */
export const ofService = z.strictObject({ service });

/** A provider, or a region or account of it, that did not answer. */
export const unanswered = z.strictObject({
  provider: z.string().describe('Name of the provider, and which part of it: aws, aws eu-west-1, gcp firewalls'),
  message: z.string(),
  code: z.string().optional().describe('Machine-readable code of the error, e.g. NOT_LOGGED_IN'),
  hint: z.string().optional().describe('What to do about it'),
});

const endpoint = {
  url: z.string(),
  serverName: z.string().optional().describe('Name asked for and checked in its certificate'),
  verify: z.boolean().optional().describe('Whether its certificate is checked; default: true'),
  trusted: z.string().optional().describe('PEM file of the authorities to trust'),
};

const routedTarget = z.strictObject({
  name: z.string().describe('Host of the fleet'),
  ...endpoint,
  down: z.boolean().optional().describe('Whether it gets no new requests'),
});

/** One way a service runs, as the router sees it. */
export const routedPlacement = z.strictObject({
  name: z.string(),
  ...endpoint,
  weight: count.describe('Share of new requests, 0 to 100'),
  hostHeader: z.enum(['preserve', 'upstream']).optional(),
  targets: z.array(routedTarget).optional().describe('Hosts that its requests are spread over; default: its URL alone'),
});

const requestCounts = {
  statuses: z.record(z.string(), count).optional().describe('Requests by status as sent; 499 where the client left'),
  unanswered: count.optional().describe('Requests to which the placement gave no answer'),
  aborted: count.optional().describe('Requests that the client left before their end'),
};

const targetStats = {
  ...requestCounts,
  requests: count,
  errors: count.describe('Answers of 500 and above, and failures of the placement'),
  clientErrors: count.describe('Answers of 400 to 499'),
  latencyMs: z.strictObject({ p50: ms, p95: ms, p99: ms, max: ms }).nullable(),
};

const placementStats = z.strictObject({
  ...targetStats,
  targets: z.record(z.string(), z.strictObject(targetStats)).optional().describe('By target, where it has several'),
  routes: z.record(z.string(), z.strictObject(requestCounts)).optional().describe('By method and path'),
});

/** Figures of a service. */
export const serviceStats = z.strictObject({
  complete: z.boolean().describe('False when a part of the log is lost, so that the figures prove nothing'),
  gap: z.string().optional().describe('Why it is not complete'),
  placements: z.record(z.string(), placementStats),
});
