import type { Rule } from './rule.js';
import { rules as core } from './rules/section-1-core.js';
import { rules as invocation } from './rules/section-1-invocation.js';
import { rules as configuration } from './rules/section-2-configuration.js';
import { rules as requests } from './rules/section-3-requests.js';
import { rules as responses } from './rules/section-3-responses.js';
import { rules as routing } from './rules/section-3-routing.js';
import { rules as timers } from './rules/section-4-timers.js';
import { rules as queues } from './rules/section-5-queues.js';
import { rules as bindings } from './rules/section-6-bindings.js';
import { rules as contexts } from './rules/section-7-contexts.js';
import { rules as metadata } from './rules/section-8-metadata.js';
import { rules as findings } from './rules/section-9-findings.js';

/** Every rule, in the order of the specification. */
export const catalogue: readonly Rule[] = [
  ...core,
  ...invocation,
  ...configuration,
  ...routing,
  ...requests,
  ...responses,
  ...timers,
  ...queues,
  ...bindings,
  ...contexts,
  ...metadata,
  ...findings,
];
