import type { Rule } from '../rule.js';

export const rules: Rule[] = [
  { id: '9-1', confidence: 'R', rule: 'Durable Functions are reported: they block.' },
  {
    id: '9-2',
    confidence: 'R',
    rule: 'Event Grid triggers and blob triggers with source EventGrid are reported: they block unless a webhook is added.',
  },
  {
    id: '9-3',
    confidence: 'R',
    rule: 'Triggers of Event Hubs, Service Bus, Cosmos DB, Kafka, RabbitMQ, SQL, MySQL, Redis and Dapr are reported: they block.',
  },
  {
    id: '9-4',
    confidence: 'R',
    rule: 'Inputs and outputs of those families, SendGrid, Twilio, SignalR, Web PubSub and Notification Hubs are reported: they block.',
  },
  { id: '9-5', confidence: 'R', rule: 'MCP triggers are reported: they block.' },
  { id: '9-6', confidence: 'R', rule: 'SDK-type bindings are reported: they block.' },
  {
    id: '9-7',
    confidence: 'R',
    rule: 'Managed identity is reported: it needs service principal variables or Azure Arc.',
  },
  { id: '9-8', confidence: 'R', rule: 'Key Vault references are reported: resolve them and store secrets.' },
  {
    id: '9-9',
    confidence: 'R',
    rule: 'Easy Auth and Static Web Apps identity are reported: they block unless an auth proxy replaces them.',
  },
  { id: '9-10', confidence: 'R', rule: 'Function keys that Azure issued are reported: import them.' },
  { id: '9-11', confidence: 'R', rule: "Uses of the front end's headers are reported." },
  {
    id: '9-12',
    confidence: 'R',
    rule: 'Deployment slots, `WEBSITE_*`, HOME and `/home/site/wwwroot` paths are reported.',
  },
  { id: '9-13', confidence: 'R', rule: 'Azure Files mounts and assumptions of a writable wwwroot are reported.' },
  { id: '9-14', confidence: 'R', rule: 'Collection by Application Insights is reported: it needs an explicit start.' },
  { id: '9-15', confidence: 'R', rule: 'The warm-up trigger and scale-out are reported as information.' },
  { id: '9-16', confidence: 'R', rule: 'A custom handler is reported: it blocks.' },
  { id: '9-17', confidence: 'R', rule: 'proxies.json with entries is reported: it blocks those routes.' },
  { id: '9-18', confidence: 'R', rule: 'Extensions installed by extensions.csproj or bin are reported: they block.' },
  { id: '9-19', confidence: 'R', rule: 'Windows-only things (zone names, drive paths, win32 modules) are reported.' },
  { id: '9-20', confidence: 'R', rule: 'Packages bound to an architecture (os, cpu, gyp) are reported.' },
  {
    id: '9-21',
    confidence: 'R',
    rule: 'The Node version (engines, WEBSITE_NODE_DEFAULT_VERSION) is reported where it does not fit.',
  },
  {
    id: '9-22',
    confidence: 'R',
    rule: '`languageWorkers` node arguments and NODE_OPTIONS are reported: copy them to PM2.',
  },
  { id: '9-23', confidence: 'R', rule: 'A private npm feed in .npmrc is reported: the build fails without access.' },
  { id: '9-24', confidence: 'R', rule: 'A package that is no longer on the registry is reported: the build fails.' },
  {
    id: '9-25',
    confidence: 'R',
    rule: 'Chunked bodies, HEAD on GET and 404 for 405 are said as information: only a parity probe shows them.',
  },
];
