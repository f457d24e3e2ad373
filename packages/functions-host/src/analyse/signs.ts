import type { SourceFile } from './sources.js';
import type { Finding, Place, Severity } from './types.js';

interface Sign {
  id: string;
  severity: Severity;
  pattern: RegExp;
  message: string;
  hint: string;
}

const writing =
  /\b(?:writeFile|appendFile|createWriteStream|mkdir|copyFile|rename)(?:Sync)?\(\s*(?:path\.)?(?:join|resolve)?\(?\s*/;
const ownFolder = /(?:__dirname|process\.cwd\(\)|import\.meta\.dirname|context\.executionContext\.functionDirectory)/;

/** Words in the sources that tell of something Azure gives and a VM does not (specification 9). */
const signs: Sign[] = [
  {
    id: 'durable-functions',
    severity: 'blocks',
    pattern:
      /\bdf\.app\.(orchestration|activity|entity)\(|\.df\.(callActivity|callSubOrchestrator|getInput|createTimer)\w*\(/,
    message: "uses Durable Functions, which need Azure's extension",
    hint: 'Leave the orchestrations on Azure.',
  },
  {
    id: 'sdk-binding',
    severity: 'blocks',
    pattern: /\bsdkBinding\s*:\s*(true|!0)|['"]@azure\/functions-extensions-(?!base)/,
    message: "asks for SDK-type bindings, which need Azure's extensions",
    hint: 'Make the client from the SDK package inside the function.',
  },
  {
    id: 'managed-identity',
    severity: 'degrades',
    pattern:
      /\b(DefaultAzureCredential|ManagedIdentityCredential|IDENTITY_ENDPOINT|IDENTITY_HEADER|MSI_ENDPOINT|MSI_SECRET)\b/,
    message: 'uses a managed identity, which only exists on Azure',
    hint: 'Set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET of a service principal, or use Azure Arc.',
  },
  {
    id: 'easy-auth',
    severity: 'question',
    pattern: /x-ms-client-principal|x-ms-token-|\/\.auth\/|WEBSITE_AUTH_|\b(?:request|req)\.user\b/i,
    message: 'reads the identity that App Service authentication puts into headers',
    hint: 'Put an authenticating proxy in front, and have the router strip these headers from clients.',
  },
  {
    id: 'front-end-headers',
    severity: 'question',
    pattern: wordPattern([
      'x-arr-log-id',
      'x-arr-ssl',
      'client-ip',
      'x-original-url',
      'x-waws-unencoded-url',
      'was-default-hostname',
      'x-appservice-proto',
      'disguised-host',
      'x-site-deployment-id',
      'max-forwards',
    ]),
    message: "reads a header that only Azure's front end adds",
    hint: 'Use the headers that the router sets: X-Forwarded-For, X-Forwarded-Proto and Host.',
  },
  {
    id: 'azure-paths',
    severity: 'degrades',
    pattern: /\/home\/site\/wwwroot|D:\\+(home|local)|\/home\/(data|LogFiles)\b|process\.env(\.|\[['"])HOME\b/i,
    message: 'uses a path of the Azure file system',
    hint: "Use process.cwd(), which is the app's folder, os.tmpdir(), or a setting.",
  },
  {
    id: 'windows-only',
    severity: 'degrades',
    pattern: /['"`][C-Z]:\\\\|\bprocess\.platform\s*===?\s*['"]win32|\bcmd\.exe\b|\bpowershell(\.exe)?\b/,
    message: 'has something that is made for Windows',
    hint: 'Try it on Linux.',
  },
  {
    id: 'azure-files',
    severity: 'degrades',
    pattern: /['"`]\/mounts?\/|\.file\.core\.windows\.net/i,
    message: 'uses a mounted file share',
    hint: 'Mount or copy the files on the host, and give the path as a setting.',
  },
  {
    id: 'writes-app-folder',
    severity: 'degrades',
    pattern: new RegExp(`${writing.source}${ownFolder.source}`),
    message: 'writes into its own folder, which every release replaces',
    hint: 'Write below os.tmpdir(), or into a folder that a setting names.',
  },
  {
    id: 'deployment-slots',
    severity: 'degrades',
    pattern: /\bWEBSITE_SLOT_NAME\b|\.scm\.azurewebsites\.net/,
    message: 'tells deployment slots apart',
    hint: 'Releases and rollback take their place; give the environment by a setting.',
  },
  {
    id: 'website-variables',
    severity: 'degrades',
    pattern: /process\.env(?:\.|\[['"])(WEBSITE_\w+|REGION_NAME|FUNCTIONS_\w+)/,
    message: 'reads a variable that Azure sets',
    hint: "Set it in the service's settings.",
  },
  {
    id: 'application-insights',
    severity: 'info',
    pattern: /['"](applicationinsights|@azure\/monitor-opentelemetry)['"]/,
    message: 'uses Application Insights; automatic collection by the platform is gone',
    hint: 'The SDK must be started by the app, with APPLICATIONINSIGHTS_CONNECTION_STRING set.',
  },
  {
    id: 'http-streaming',
    severity: 'info',
    pattern: /enableHttpStream\s*:\s*(true|!0)/,
    message: 'streams HTTP bodies',
    hint: 'A handler that fails here gets an answer at once (500), where Azure lets the client wait.',
  },
];

function wordPattern(words: string[]): RegExp {
  return new RegExp(`\\b(${words.join('|')})\\b`, 'i');
}

const isComment = (line: string): boolean => /^\s*(\/\/|\*|\/\*)/.test(line);

/** One finding per sign, at its first place, with the number of further ones. */
export function findSigns(files: SourceFile[]): Finding[] {
  return signs.flatMap(({ id, severity, pattern, message, hint }) => {
    const inFile = ({ path, lines }: SourceFile): Place[] =>
      lines.flatMap((text, i) => (pattern.test(text) && !isComment(text) ? [{ file: path, line: i + 1 }] : []));
    const places = files.flatMap(inFile);
    const [where] = places;
    if (!where) return [];
    const more = places.length > 1 ? ` (and ${places.length - 1} more)` : '';
    return [{ id, severity, message: `The app ${message}${more}.`, where, hint }];
  });
}
