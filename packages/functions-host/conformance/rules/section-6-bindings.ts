import type { Rule } from '../rule.js';

export const rules: Rule[] = [
  {
    id: '6-1',
    confidence: 'R',
    rule: 'Blob trigger: a path `container/{name}` runs the function for each blob that matches, with captures.',
  },
  { id: '6-2', confidence: 'R', rule: 'Blob trigger: each version of a blob (etag) runs once, also across restarts.' },
  {
    id: '6-3',
    confidence: 'R',
    rule: 'Blob trigger: after five failed tries a message goes to `webjobs-blobtrigger-poison`.',
  },
  { id: '6-4', confidence: 'R', rule: 'Blob trigger: the input is a Buffer by default.' },
  {
    id: '6-5',
    confidence: 'R',
    rule: 'Blob trigger: metadata are blobTrigger (container/name), uri, properties, metadata and the captures.',
  },
  { id: '6-6', confidence: 'R', rule: 'Blob trigger: `source: EventGrid` is reported.' },
  {
    id: '6-7',
    confidence: 'R',
    rule: 'Blob in: the whole content, a Buffer with dataType binary, else text with the attempt at JSON.',
  },
  { id: '6-8', confidence: 'R', rule: 'Blob in: a missing blob is undefined or null.' },
  { id: '6-9', confidence: 'R', rule: 'Blob out: a string, Buffer or JSON text overwrites the blob.' },
  { id: '6-10', confidence: 'R', rule: 'Blob paths may hold binding expressions.' },
  { id: '6-11', confidence: 'R', rule: 'Table in: partitionKey and rowKey give one entity or undefined.' },
  { id: '6-12', confidence: 'R', rule: 'Table in: otherwise an array, with regard to filter and take.' },
  { id: '6-13', confidence: 'T', rule: 'Table in: keys come back as PartitionKey and RowKey, other names as stored.' },
  { id: '6-14', confidence: 'R', rule: 'Table out: an object or an array of entities is inserted.' },
  { id: '6-15', confidence: 'R', rule: 'Table out: a conflict fails the invocation.' },
  {
    id: '6-16',
    confidence: 'R',
    rule: 'Inputs are bound before the function runs; a failing one fails the invocation, HTTP 500.',
  },
  {
    id: '6-17',
    confidence: 'R',
    rule: '`extraInputs.get` and `extraOutputs.set` take the binding object or its name.',
  },
  {
    id: '6-18',
    confidence: 'T',
    rule: 'One output object may be shared by functions, as `return` in one and extra in another.',
  },
  { id: '6-19', confidence: 'R', rule: 'Bindings of other families are detected and reported.' },
];
