import type { Rule } from '../rule.js';

export const rules: Rule[] = [
  {
    id: '8-1',
    confidence: 'R',
    rule: 'HTTP: metadata are Headers, Query, route and query values and scalars of the body, for v3 and v4 streaming only.',
  },
  { id: '8-2', confidence: 'R', rule: 'Timer: metadata is TimerTrigger.' },
  { id: '8-3', confidence: 'R', rule: 'Queue: metadata are those of section 5.4.' },
  { id: '8-4', confidence: 'R', rule: 'Blob: metadata are BlobTrigger, Uri, Properties, Metadata and captures.' },
  { id: '8-5', confidence: 'R', rule: '`sys` is withheld from the metadata of functions.' },
];
