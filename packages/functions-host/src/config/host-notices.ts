import { member, section, type Section } from './section.js';

/** Top-level keys that are read, and those of which the effects are elsewhere than here (specification 2.1). */
const effective = [
  'version',
  'extensions',
  'functionTimeout',
  'functions',
  'retry',
  'singleton',
  'logging',
  'customHandler',
  'httpWorker',
  '$schema',
];
const noEffect: Record<string, string> = {
  watchDirectories: 'this host does not restart when files change',
  watchFiles: 'this host does not restart when files change',
  healthMonitor: 'watch the process with PM2 and /_fanops/health',
  aggregator: 'see /_fanops/metrics',
  concurrency: 'set extensions.queues.batchSize and PM2 instances',
  extensionBundle: 'the triggers and bindings are built in',
  managedDependency: 'it is for PowerShell apps',
  telemetryMode: 'start OpenTelemetry or Application Insights in the app itself',
  id: 'the app is told apart by its state folder',
};
const effectiveExtensions = ['http', 'queues', 'blobs'];
const effectiveHttp = ['routePrefix', 'customHeaders', 'maxConcurrentRequests', 'maxOutstandingRequests', 'hsts'];
const effectiveQueues = [
  'batchSize',
  'newBatchThreshold',
  'maxPollingInterval',
  'maxDequeueCount',
  'visibilityTimeout',
  'messageEncoding',
];

/** Says of every key of host.json that has no effect on this host that it has none, and what to do instead. */
export function hostNotices(json: Section): string[] {
  const extensions = section(json, 'extensions');
  const http = section(extensions, 'http');
  return [
    ...others(json, effective, (key) => noEffect[known(Object.keys(noEffect), key) ?? ''] ?? 'the key is unknown'),
    ...others(extensions, effectiveExtensions, () => 'that extension is not part of this host', 'extensions.'),
    ...dynamicThrottles(http),
    ...others(http, [...effectiveHttp, 'dynamicThrottlesEnabled'], () => 'the key is unknown', 'extensions.http.'),
    ...others(section(extensions, 'queues'), effectiveQueues, () => 'the key is unknown', 'extensions.queues.'),
    ...logging(section(json, 'logging')),
  ];
}

function dynamicThrottles(http: Section): string[] {
  if (String(member(http, 'dynamicThrottlesEnabled')).toLowerCase() !== 'true') return [];
  return [
    notice(
      'extensions.http.dynamicThrottlesEnabled',
      "it reads counters of Azure's sandbox. Set maxConcurrentRequests",
    ),
  ];
}

function logging(map: Section): string[] {
  const file = member(map, 'fileLoggingMode');
  return [
    ...(String(file).toLowerCase() === 'always'
      ? [notice('logging.fileLoggingMode', 'logs are lines on standard error')]
      : []),
    ...(member(map, 'applicationInsights') === undefined
      ? []
      : [notice('logging.applicationInsights', noEffect.telemetryMode!)]),
    ...others(
      map,
      ['logLevel', 'fileLoggingMode', 'applicationInsights'],
      () => 'logs are lines on standard error',
      'logging.',
    ),
  ];
}

function others(map: Section, expected: string[], why: (key: string) => string, prefix = ''): string[] {
  return Object.keys(map)
    .filter((key) => known(expected, key) === undefined)
    .map((key) => notice(prefix + key, why(key)));
}

function known(keys: string[], key: string): string | undefined {
  return keys.find((candidate) => candidate.toLowerCase() === key.toLowerCase());
}

function notice(key: string, why: string): string {
  return `host.json: ${key} has no effect here: ${why}.`;
}
