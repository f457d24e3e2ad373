import type { Rule } from '../rule.js';

export const rules: Rule[] = [
  { id: '2.1-1', confidence: 'R', rule: 'No host.json means defaults.' },
  { id: '2.1-2', confidence: 'R', rule: 'A host.json that cannot be parsed fails the start.' },
  { id: '2.1-3', confidence: 'R', rule: '`version` must be exactly "2.0", else the start fails.' },
  { id: '2.1-4', confidence: 'R', rule: 'An app setting `AzureFunctionsJobHost__a__b__c` overrides a value.' },
  { id: '2.1-5', confidence: 'R', rule: '`extensions.http.routePrefix` is `api` by default; an empty one means none.' },
  { id: '2.1-6', confidence: 'R', rule: '`admin` routes are not under the prefix.' },
  { id: '2.1-7', confidence: 'R', rule: '`extensions.http.maxConcurrentRequests`: so many run at once, the rest waits.' },
  {
    id: '2.1-8', confidence: 'R',
    rule: '`extensions.http.maxOutstandingRequests`: beyond it 429, `X-FUNCTION-SCALEOUT: 1`, an empty body.',
  },
  { id: '2.1-9', confidence: 'R', rule: '`extensions.http.dynamicThrottlesEnabled` has no effect and is said.' },
  {
    id: '2.1-10', confidence: 'K',
    rule:
      '`extensions.http.hsts` adds Strict-Transport-Security with maxAge, includeSubDomains, preload, to https requests not for localhost.',
  },
  { id: '2.1-11', confidence: 'R', rule: '`extensions.http.customHeaders` are added to every response that does not have them already.' },
  { id: '2.1-12', confidence: 'R', rule: '`functionTimeout` is 30 minutes by default, `-1` none, at least 1 s.' },
  { id: '2.1-13', confidence: 'R', rule: '`extensions.queues` sets the options of section 5.1.' },
  { id: '2.1-14', confidence: 'R', rule: '`extensions.blobs` is read for blob triggers; sections of other extensions have no effect.' },
  { id: '2.1-15', confidence: 'R', rule: '`retry` is the default retry policy of the app.' },
  {
    id: '2.1-16', confidence: 'R',
    rule: '`logging.logLevel` filters by category: `Function.NAME`, `Function.NAME.User`, `Host.*`, `Worker.*`.',
  },
  { id: '2.1-17', confidence: 'R', rule: '`functions` is an allow-list of names.' },
  {
    id: '2.1-18', confidence: 'R',
    rule:
      'watchDirectories, healthMonitor, aggregator, concurrency, extensionBundle, singleton, managedDependency, telemetryMode do no harm.',
  },
  { id: '2.1-19', confidence: 'R', rule: '`customHandler` or `httpWorker` is reported: it is no Node app.' },
  { id: '2.1-20', confidence: 'R', rule: 'Comments in the JSON are accepted.' },
  { id: '2.2-1', confidence: 'R', rule: 'App settings are environment variables; names with `:` match `__` as well.' },
  { id: '2.2-2', confidence: 'R', rule: '`Values` of local.settings.json become settings, those already set in the environment win.' },
  { id: '2.2-3', confidence: 'R', rule: 'null values are skipped and empty strings are set.' },
  { id: '2.2-4', confidence: 'R', rule: '`ConnectionStrings` of local.settings.json are found as `ConnectionStrings:NAME`.' },
  {
    id: '2.2-5', confidence: 'R',
    rule:
      'An encrypted local.settings.json is said, not used; where `IsEncrypted` is absent the values are taken as plain (the tools expect encrypted ones).',
  },
  { id: '2.2-6', confidence: 'R', rule: '`FUNCTIONS_REQUEST_BODY_SIZE_LIMIT` sets the limit of bodies in bytes.' },
  { id: '2.2-7', confidence: 'R', rule: 'Settings that Azure provides and that vanish elsewhere are reported where the code reads them.' },
  { id: '2.3-1', confidence: 'R', rule: '`%NAME%` in binding strings is replaced from settings once, at the start.' },
  { id: '2.3-2', confidence: 'R', rule: 'An unclosed `%` or an unset name puts that function in error; the others run.' },
  { id: '2.3-3', confidence: 'K', rule: 'Names of settings in `%NAME%` match in any casing.' },
  {
    id: '2.3-4', confidence: 'R',
    rule: '`{name}` and `{a.b}` are replaced per invocation from trigger metadata, route values, query keys and JSON properties.',
  },
  { id: '2.3-5', confidence: 'T', rule: '`{headers.x}` and `{query.x}` are replaced for HTTP.' },
  { id: '2.3-6', confidence: 'R', rule: '`{sys.utcNow}`, `{sys.randGuid}`, `{rand-guid}` and `{datetime}` with formats are replaced.' },
  { id: '2.3-7', confidence: 'T', rule: 'Nested properties of a JSON body are reached by dots.' },
  { id: '2.3-8', confidence: 'R', rule: 'A missing name fails the invocation.' },
  { id: '2.3-9', confidence: 'R', rule: 'HTTP: of equal names the query wins over the body and the route over the query.' },
  { id: '2.3-10', confidence: 'R', rule: 'HTTP: the query key `code` is left out.' },
  {
    id: '2.3-11', confidence: 'R',
    rule: '`connection` names a setting: literally, then with `AzureWebJobs` before it; the default is AzureWebJobsStorage.',
  },
  { id: '2.3-12', confidence: 'R', rule: 'Identity-based connections (`NAME__queueServiceUri`) are an error that says so.' },
  {
    id: '2.4-1', confidence: 'R',
    rule: '`AzureWebJobs.NAME.Disabled` or `AzureWebJobs_NAME_Disabled` with `1` or `true` in any casing disables a function.',
  },
  { id: '2.4-2', confidence: 'R', rule: 'Listeners of a disabled function do not start.' },
  { id: '2.4-3', confidence: 'T', rule: 'A disabled HTTP function is 404 after authorisation: without a key it is 401 first.' },
  { id: '2.4-4', confidence: 'T', rule: 'A caller with the master key still reaches it.' },
];
