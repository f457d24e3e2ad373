import { describe, expect, test } from 'vitest';
import type { Finding } from '../../src/analyse/types.js';
import { fixture } from '../helpers/host.js';
import { analysed, findingsOf, judged, source } from './analysis.js';

const finding = (id: string, severity: string, file?: string, line?: number, more: object = {}): Finding =>
  expect.objectContaining({ id, severity, ...(file ? { where: { file, line } } : {}), ...more }) as Finding;
const handler = 'handler: async () => undefined';
const fn = (name: string): object => ({ function: name });

describe('triggers and bindings', () => {
  test('[9-1] Durable Functions block: by package, binding or call', async () => {
    expect(analysed(fixture('durable')).findings).toContainEqual(
      finding('durable-functions', 'blocks', 'src/index.js', 3, fn('orchestrate')),
    );
    expect(
      await judged({ 'package.json': { main: 'index.js', dependencies: { 'durable-functions': '^3' } } }),
    ).toContainEqual(finding('durable-functions', 'blocks', 'package.json', 4));
    expect(await judged({ 'lib/flow.js': "\ndf.app.orchestration('flow', function* () {});\n" })).toContainEqual(
      finding('durable-functions', 'blocks', 'lib/flow.js', 2),
    );
    const client = "trigger: trigger.http({}), extraInputs: [input.generic({ type: 'durableClient' })]";
    expect(findingsOf(source(`app.generic('client', { ${client}, ${handler} });`))).toContainEqual(
      finding('durable-functions', 'blocks', 'index.js', 2, fn('client')),
    );
  });

  test('[9-2] Event Grid triggers and blob triggers with source EventGrid block', () => {
    const findings = findingsOf(
      source(
        [
          `app.eventGrid('grid', { ${handler} });`,
          `app.storageBlob('blob', { path: 'c/{n}', connection: 'C', source: 'EventGrid', ${handler} });`,
          `app.storageBlob('scanned', { path: 'c/{n}', connection: 'C', ${handler} });`,
        ].join('\n'),
      ),
    );
    expect(findings).toContainEqual(finding('event-grid', 'blocks', 'index.js', 2, fn('grid')));
    expect(findings).toContainEqual(finding('event-grid', 'blocks', 'index.js', 3, fn('blob')));
    expect(findings.filter((item) => item.function === 'scanned' && item.severity === 'blocks')).toEqual([]);
  });

  test('[9-3] triggers of Event Hubs, Service Bus, Cosmos DB, Kafka, RabbitMQ, SQL, MySQL, Redis and Dapr block', () => {
    const types = [
      'eventHubTrigger',
      'serviceBusTrigger',
      'cosmosDBTrigger',
      'kafkaTrigger',
      'rabbitMQTrigger',
      'sqlTrigger',
      'mysqlTrigger',
      'redisPubSubTrigger',
      'daprServiceInvocationTrigger',
    ];
    const line = (type: string): string =>
      `app.generic('${type}', { trigger: trigger.generic({ type: '${type}' }), ${handler} });`;
    const findings = findingsOf(source(types.map(line).join('\n')));
    for (const [at, type] of types.entries())
      expect(findings).toContainEqual(finding('unsupported-trigger', 'blocks', 'index.js', at + 2, fn(type)));
    const v3 = analysed(fixture('core-v3-services')).findings;
    expect(v3).toContainEqual(finding('unsupported-trigger', 'blocks', 'bus/function.json', 4, fn('bus')));
  });

  test('[9-4] inputs and outputs of those families, SendGrid, Twilio, SignalR, Web PubSub, Notification Hubs block', () => {
    const outputs = [
      'serviceBus',
      'eventHub',
      'cosmosDB',
      'sendGrid',
      'twilioSms',
      'signalR',
      'webPubSub',
      'notificationHub',
      'kafka',
      'sql',
      'eventGrid',
    ];
    const inputs = ['cosmosDB', 'signalRConnectionInfo', 'sql', 'webPubSubConnection'];
    const lines = [
      ...outputs.map(
        (type) => `app.http('out_${type}', { extraOutputs: [output.generic({ type: '${type}' })], ${handler} });`,
      ),
      ...inputs.map(
        (type) => `app.http('in_${type}', { extraInputs: [input.generic({ type: '${type}' })], ${handler} });`,
      ),
    ];
    const findings = findingsOf(source(lines.join('\n')));
    const names = [...outputs.map((type) => `out_${type}`), ...inputs.map((type) => `in_${type}`)];
    for (const [at, name] of names.entries())
      expect(findings).toContainEqual(finding('unsupported-binding', 'blocks', 'index.js', at + 2, fn(name)));
    const v3 = analysed(fixture('core-v3-services')).findings;
    expect(v3).toContainEqual(finding('unsupported-binding', 'blocks', 'bus/function.json', 5, fn('bus')));
  });

  test('[9-5] MCP triggers block, in code and in host.json', async () => {
    expect(
      findingsOf(source(`app.mcpTool('tool', { toolName: 't', description: 'd', toolProperties: [], ${handler} });`)),
    ).toContainEqual(finding('mcp-trigger', 'blocks', 'index.js', 2, fn('tool')));
    expect(await judged({ 'host.json': { version: '2.0', extensions: { mcp: {} } } })).toContainEqual(
      finding('mcp-trigger', 'blocks', 'host.json', 4),
    );
  });

  test('[9-6, 1.4-6] SDK-type bindings block: in a binding or by their packages', async () => {
    expect(
      findingsOf(source(`app.storageBlob('sdk', { path: 'c/{n}', connection: 'C', sdkBinding: true, ${handler} });`)),
    ).toContainEqual(finding('sdk-binding', 'blocks', 'index.js', 2, fn('sdk')));
    expect(
      await judged({ 'package.json': { main: 'index.js', dependencies: { '@azure/functions-extensions-blob': '*' } } }),
    ).toContainEqual(finding('sdk-binding', 'blocks', 'package.json', 4));
  });

  test('[9-10] function keys are asked for', () => {
    expect(findingsOf(source(`app.http('keyed', { authLevel: 'function', ${handler} });`))).toContainEqual(
      finding('function-keys', 'question', 'index.js', 2, fn('keyed')),
    );
  });

  test('[9-15] a warm-up trigger is information', () => {
    const findings = findingsOf(source(`app.warmup('warm', { ${handler} });`));
    expect(findings).toContainEqual(finding('warmup-trigger', 'info', 'index.js', 2, fn('warm')));
    expect(findings.filter(({ severity }) => severity === 'blocks')).toEqual([]);
  });
});

describe('what Azure gives', () => {
  test('[9-7] managed identity: by package, by class, by settings', async () => {
    expect(
      await judged({ 'package.json': { main: 'index.js', dependencies: { '@azure/identity': '4' } } }),
    ).toContainEqual(finding('managed-identity', 'degrades', 'package.json', 4));
    expect(
      await judged({ 'lib/db.js': '// DefaultAzureCredential\nconst c = new DefaultAzureCredential();' }),
    ).toContainEqual(finding('managed-identity', 'degrades', 'lib/db.js', 2));
    const local = {
      IsEncrypted: false,
      Values: { OTHER: 'x', ORDERS__queueServiceUri: 'https://x', AzureWebJobsStorage__accountName: 'acc' },
    };
    const findings = await judged({ 'local.settings.json': local });
    expect(findings).toContainEqual(finding('managed-identity', 'degrades', 'local.settings.json', 5));
    expect(findings).toContainEqual(finding('identity-connection', 'blocks', 'local.settings.json', 6));
  });

  test('[9-8] Key Vault references are asked for; their text is not shown', async () => {
    const findings = await judged({}, { DB_PASSWORD: '@Microsoft.KeyVault(SecretUri=https://vault/secrets/hidden/)' });
    expect(findings).toContainEqual(
      finding('key-vault-reference', 'question', undefined, undefined, {
        message: expect.stringContaining('DB_PASSWORD') as string,
      }),
    );
    expect(JSON.stringify(findings)).not.toContain('hidden');
    const inFile = { 'local.settings.json': { Values: { K: '@Microsoft.KeyVault(VaultName=v;SecretName=s)' } } };
    expect(await judged(inFile)).toContainEqual(finding('key-vault-reference', 'question', 'local.settings.json', 3));
  });

  test('[9-9] Easy Auth and Static Web Apps identity need an answer', async () => {
    for (const code of [
      'const user = request.user;',
      "h.get('x-ms-client-principal-name');",
      "h['x-ms-token-aad-id-token'];",
      "fetch('/.auth/me');",
      'process.env.WEBSITE_AUTH_ENABLED;',
    ]) {
      expect(await judged({ 'lib/who.js': `\n\nconst f = (request, h) => { ${code} };\n` })).toContainEqual(
        finding('easy-auth', 'question', 'lib/who.js', 3),
      );
    }
    expect(await judged({ 'staticwebapp.config.json': {} })).toContainEqual(
      finding('static-web-app', 'question', 'staticwebapp.config.json', 1),
    );
    expect(await judged({}, { WEBSITE_AUTH_ENABLED: 'true' })).toContainEqual(finding('easy-auth', 'question'));
  });

  test("[9-11] uses of the front end's headers need an answer", async () => {
    for (const name of ['x-arr-log-id', 'client-ip', 'X-Original-URL', 'disguised-host', 'was-default-hostname']) {
      expect(await judged({ 'lib/ip.js': `module.exports = (h) => h.get('${name}');\n` })).toContainEqual(
        finding('front-end-headers', 'question', 'lib/ip.js', 1),
      );
    }
  });

  test('[9-12] slots, WEBSITE_ variables, HOME and paths of wwwroot', async () => {
    const findings = await judged(
      {
        'lib/paths.js':
          "const a = '/home/site/wwwroot/x';\nf(process.env.WEBSITE_SITE_NAME);\nf(process.env.WEBSITE_SLOT_NAME);\n",
        'lib/home.js': 'module.exports = process.env.HOME;\n',
      },
      { WEBSITE_SLOT_NAME: 'staging' },
    );
    expect(findings).toContainEqual(
      finding('azure-paths', 'degrades', 'lib/home.js', 1, {
        message: expect.stringContaining('and 1 more') as string,
      }),
    );
    expect(findings).toContainEqual(finding('website-variables', 'degrades', 'lib/paths.js', 2));
    expect(findings).toContainEqual(finding('deployment-slots', 'degrades', 'lib/paths.js', 3));
    expect(findings).toContainEqual(
      finding('deployment-slots', 'degrades', undefined, undefined, {
        message: expect.stringContaining('WEBSITE_SLOT_NAME') as string,
      }),
    );
  });

  test('[9-13] Azure Files and writing into the own folder', async () => {
    const findings = await judged({
      'lib/files.js': "const m = '/mounts/share/a';\nfs.writeFileSync(path.join(__dirname, 'cache.json'), '{}');\n",
      'local.settings.json': { Values: { WEBSITE_CONTENTSHARE: 's' } },
    });
    expect(findings).toContainEqual(finding('azure-files', 'degrades', 'lib/files.js', 1));
    expect(findings).toContainEqual(finding('writes-app-folder', 'degrades', 'lib/files.js', 2));
    expect(findings).toContainEqual(finding('azure-files', 'degrades', 'local.settings.json', 3));
  });

  test('[9-14] Application Insights is information: by package, code, setting, host.json', async () => {
    expect(
      await judged({ 'package.json': { main: 'index.js', dependencies: { applicationinsights: '3' } } }),
    ).toContainEqual(finding('application-insights', 'info', 'package.json', 4));
    expect(await judged({ 'lib/t.js': "require('applicationinsights').setup();\n" })).toContainEqual(
      finding('application-insights', 'info', 'lib/t.js', 1),
    );
    expect(await judged({}, { APPINSIGHTS_INSTRUMENTATIONKEY: 'key' })).toContainEqual(
      finding('application-insights', 'info'),
    );
    const host = { version: '2.0', telemetryMode: 'OpenTelemetry', logging: { applicationInsights: {} } };
    const findings = await judged({ 'host.json': host });
    for (const line of [3, 5])
      expect(findings).toContainEqual(finding('application-insights', 'info', 'host.json', line));
  });
});
