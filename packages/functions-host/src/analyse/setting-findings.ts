import { timeZone } from '../config/time-zone.js';
import type { AppFacts, GivenSetting } from './facts.js';
import type { Finding, Severity } from './types.js';

interface SettingSign {
  id: string;
  severity: Severity;
  /** Of the name. */
  name?: RegExp;
  /** Of the value. */
  value?: RegExp;
  message: (name: string) => string;
  hint: string;
}

const identityMembers = [
  'credential',
  'clientId',
  'managedIdentityResourceId',
  'accountName',
  '(queue|blob|table)?ServiceUri',
  'fullyQualifiedNamespace',
];
const identityNames = new RegExp(`__(${identityMembers.join('|')})$`, 'i');

/** Settings whose name or value tells of something that only Azure has (specification 9). Values are never shown. */
const signs: SettingSign[] = [
  {
    id: 'key-vault-reference',
    severity: 'question',
    value: /^\s*@Microsoft\.KeyVault\(/i,
    message: (name) => `The setting ${name} is a Key Vault reference, which only Azure resolves.`,
    hint: 'Resolve it and give the value as a secret of the service.',
  },
  {
    id: 'managed-identity',
    severity: 'degrades',
    name: identityNames,
    message: (name) => `The setting ${name} connects by a managed identity, which only exists on Azure.`,
    hint:
      'For triggers and bindings give a connection string instead; for SDK clients the ' +
      'variables of a service principal.',
  },
  {
    id: 'easy-auth',
    severity: 'question',
    name: /^WEBSITE_AUTH_/i,
    message: (name) => `The setting ${name} is of App Service authentication, which is not here.`,
    hint: 'Put an authenticating proxy in front, and have the router strip its headers from clients.',
  },
  {
    id: 'deployment-slots',
    severity: 'degrades',
    name: /^WEBSITE_(SLOT_NAME|OVERRIDE_STICKY_|SWAP_)/i,
    message: (name) => `The setting ${name} is about deployment slots.`,
    hint: 'Releases and rollback take their place.',
  },
  {
    id: 'azure-files',
    severity: 'degrades',
    name: /^(WEBSITE_CONTENTAZUREFILECONNECTIONSTRING|WEBSITE_CONTENTSHARE|WEBSITES_ENABLE_APP_SERVICE_STORAGE)$/i,
    message: (name) => `The setting ${name} mounts a file share of Azure.`,
    hint: 'Where the app reads or writes files there, mount or copy them on the host.',
  },
  {
    id: 'application-insights',
    severity: 'info',
    name: /^(APPINSIGHTS_INSTRUMENTATIONKEY|APPLICATIONINSIGHTS_CONNECTION_STRING|ApplicationInsightsAgent_\w+)$/i,
    message: (name) =>
      `The setting ${name} makes Azure collect for Application Insights by itself, which is gone here.`,
    hint: 'Start the SDK in the app.',
  },
  {
    id: 'node-arguments',
    severity: 'degrades',
    name: /^(languageWorkers(__|:)node(__|:)arguments|NODE_OPTIONS)$/i,
    message: (name) => `The setting ${name} gives Node arguments to the worker, which the process manager starts here.`,
    hint: 'Put them into node_args of the PM2 file, or NODE_OPTIONS into its environment.',
  },
  {
    id: 'windows-only',
    severity: 'degrades',
    value: /^[A-Za-z]:\\/,
    message: (name) => `The setting ${name} is a Windows path.`,
    hint: 'Give a path of the Linux host.',
  },
];

export function settingFindings({ settings, env }: AppFacts): Finding[] {
  const found = settings.flatMap((setting) =>
    signs
      .filter((sign) => matches(sign, setting))
      .map((sign): Finding => ({
        id: sign.id,
        severity: sign.severity,
        message: sign.message(setting.name),
        where: setting.where,
        hint: sign.hint,
      })),
  );
  return [...found, ...zone(settings), ...identityStorage(settings, env)];
}

function matches({ name, value }: SettingSign, setting: GivenSetting): boolean {
  return (name?.test(setting.name) ?? true) && (value?.test(setting.value) ?? true);
}

const named = (settings: GivenSetting[], name: string): GivenSetting | undefined =>
  settings.find((setting) => setting.name.toLowerCase() === name.toLowerCase());

function zone(settings: GivenSetting[]): Finding[] {
  const setting = named(settings, 'WEBSITE_TIME_ZONE');
  if (!setting || !timeZone({ WEBSITE_TIME_ZONE: setting.value }).warning) return [];
  return [
    {
      id: 'windows-only',
      severity: 'degrades',
      where: setting.where,
      message: `WEBSITE_TIME_ZONE "${setting.value}" is the Windows name of a zone: timers would run in UTC.`,
      hint: 'Set TZ to the IANA name, such as Europe/Berlin.',
    },
  ];
}

/** The storage account of the host itself without a connection string: triggers and locks need one. */
function identityStorage(settings: GivenSetting[], env: AppFacts['env']): Finding[] {
  const identity = settings.find(({ name }) => /^AzureWebJobsStorage__/i.test(name));
  if (!identity || named(settings, 'AzureWebJobsStorage') || env.AzureWebJobsStorage) return [];
  return [
    {
      id: 'identity-connection',
      severity: 'blocks',
      where: identity.where,
      message: 'AzureWebJobsStorage is given by identity only, which the triggers here cannot use.',
      hint: 'Set AzureWebJobsStorage to a connection string.',
    },
  ];
}
