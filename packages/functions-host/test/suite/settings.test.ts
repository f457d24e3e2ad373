import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { analyse } from 'fanops-functions-host';
import { spawnHost, tempDir } from '../helpers/host.js';
import { waitFor } from '../helpers/wait.js';
import { postJson } from './public-apps.js';

const shown = [
  'PLAIN',
  'BOTH',
  'EMPTY',
  'NULL',
  'NUMBER',
  'Nested:Name',
  'ConnectionStrings:Db',
  'ConnectionStrings:Sql',
];

/** A v3 app, which needs no library of its own, that tells what it sees of some settings. */
function app(localSettings?: unknown, route = 'settings'): string {
  const root = tempDir();
  const bindings = [
    { type: 'httpTrigger', direction: 'in', name: 'req', authLevel: 'anonymous', route },
    { type: 'http', direction: 'out', name: 'res' },
  ];
  const script = `const names = ${JSON.stringify(shown)};
module.exports = async (context, req) => {
  const seen = Object.fromEntries(names.map((name) => [name, process.env[name]]).filter(([, value]) => value !== undefined));
  context.res = { body: JSON.stringify({ seen, home: process.env.HOME, id: process.env.WEBSITE_INSTANCE_ID, body: req.rawBody }) };
};
`;
  mkdirSync(join(root, 'Settings'));
  writeFileSync(join(root, 'host.json'), '{ "version": "2.0" }');
  writeFileSync(join(root, 'Settings', 'function.json'), JSON.stringify({ bindings }));
  writeFileSync(join(root, 'Settings', 'index.js'), script);
  if (localSettings !== undefined) writeFileSync(join(root, 'local.settings.json'), JSON.stringify(localSettings));
  return root;
}

/** Starts the program on the app and gives its address. */
async function start(root: string, env: Record<string, string> = {}): Promise<string> {
  const { child, stdout, stderr } = spawnHost(['--root', root, '--state', tempDir()], env);
  return waitFor('the ready line', () => {
    if (child.exitCode !== null) throw new Error(stderr());
    return /^ready (\S+)$/m.exec(stdout())?.[1];
  });
}

const seen = async (url: string): Promise<unknown> =>
  ((await (await fetch(`${url}/api/settings`)).json()) as { seen: unknown }).seen;

it('[2.2-2, 2.2-3, 2.2-4] local.settings.json: values, the environment wins, null and empty, connection strings', async () => {
  const Values = { PLAIN: 'from the file', BOTH: 'from the file', EMPTY: '', NULL: null, NUMBER: 5 };
  const ConnectionStrings = { Db: 'plain text', Sql: { ConnectionString: 'as an object', ProviderName: 'x' } };
  const url = await start(app({ IsEncrypted: false, Values, ConnectionStrings }), { BOTH: 'from the environment' });
  expect(await seen(url)).toEqual({
    PLAIN: 'from the file',
    BOTH: 'from the environment',
    EMPTY: '',
    NUMBER: '5',
    'ConnectionStrings:Db': 'plain text',
    'ConnectionStrings:Sql': 'as an object',
  });
});

it('[2.2-1] settings are environment variables, and a name with colons is found with double underscores', async () => {
  const url = await start(app(undefined, '%Routes:Settings%'), { PLAIN: 'given', Routes__Settings: 'settings' });
  expect(await seen(url)).toEqual({ PLAIN: 'given' });
});

it('[2.2-5] an encrypted local.settings.json is said; one that says nothing of it is read', async () => {
  const { stderr, exited } = spawnHost([
    '--root',
    app({ IsEncrypted: true, Values: { PLAIN: 'AQAB' } }),
    '--state',
    tempDir(),
  ]);
  expect(await exited).not.toBe(0);
  expect(stderr()).toMatch(/local\.settings\.json is encrypted/);
  expect(await seen(await start(app({ Values: { PLAIN: 'plain' } })))).toEqual({ PLAIN: 'plain' });
});

it('[2.2-6, 3.5-12] FUNCTIONS_REQUEST_BODY_SIZE_LIMIT is in bytes', async () => {
  const url = await start(app(), { FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '10' });
  expect((await postJson(`${url}/api/settings`, '12345678')).status).toBe(200);
  expect((await postJson(`${url}/api/settings`, '123456789')).status).toBe(413);
});

it('[2.2-7, 9-12] settings that only Azure provides are reported where the code reads them', async () => {
  const { findings } = await analyse(app());
  expect(findings).toContainEqual(
    expect.objectContaining({ severity: 'degrades', where: { file: 'Settings/index.js', line: 4 } }),
  );
});
