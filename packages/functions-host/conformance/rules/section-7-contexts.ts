import type { Rule } from '../rule.js';

export const rules: Rule[] = [
  {
    id: '7-1',
    confidence: 'R',
    rule: 'v4: the context has invocationId, functionName, extraInputs, extraOutputs, retryContext, traceContext, triggerMetadata, options.',
  },
  { id: '7-2', confidence: 'R', rule: 'v4: `triggerMetadata` is undefined for HTTP and timers.' },
  {
    id: '7-3',
    confidence: 'R',
    rule: 'v4: log and info are information; trace, debug, warn and error have their level; arguments are formatted as by util.format.',
  },
  {
    id: '7-4',
    confidence: 'R',
    rule: 'v3: the context has invocationId and executionContext with functionName, functionDirectory and retryContext.',
  },
  { id: '7-5', confidence: 'R', rule: 'v3: `bindings` holds inputs and takes outputs.' },
  {
    id: '7-6',
    confidence: 'R',
    rule: 'v3: `bindingData` of HTTP has invocationId, query, headers, route values, JSON properties and sys.',
  },
  { id: '7-7', confidence: 'R', rule: 'v3: `traceContext` has traceparent, tracestate and attributes in lower case.' },
  { id: '7-8', confidence: 'R', rule: 'v3: `bindingDefinitions` have name, type and direction.' },
  { id: '7-9', confidence: 'R', rule: 'v3: `log` is callable and has error, warn, info, verbose.' },
  {
    id: '7-10',
    confidence: 'R',
    rule: 'v3: `done(err, result)` ends a function that is not async; an async one ends by its promise.',
  },
  {
    id: '7-11',
    confidence: 'R',
    rule: 'v3: `done` in an async function logs an error, unless suppressAsyncDoneError.',
  },
  { id: '7-12', confidence: 'T', rule: 'v3: keys of context and bindingData begin in lower case.' },
  { id: '7-13', confidence: 'R', rule: 'The trace id of `traceparent` is passed through with a fresh span id.' },
  { id: '7-14', confidence: 'R', rule: 'User logs have the category `Function.NAME.User`.' },
  { id: '7-15', confidence: 'R', rule: '`console.log` of the app reaches the log.' },
  { id: '7-16', confidence: 'R', rule: 'A `context.log` after the function completed adds a warning.' },
  {
    id: '7-17',
    confidence: 'R',
    rule: 'Each invocation logs a line at its start and one at its end with result, id and duration.',
  },
];
