import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { analyse, type Analysis } from 'fanops-functions-host';
import { fixture, packageRoot, tempDir } from './helpers/host.js';

const ids = ({ findings }: Analysis): string[] => findings.map(({ id }) => id);

describe('analyse', () => {
  it('lists functions with their triggers, routes and files', async () => {
    const result = await analyse(fixture('http'));
    expect(result.app).toEqual({ name: 'fixture-http', model: 'v4', main: 'src/{index.js,functions/*.js}', nodeEngine: '>=20' });
    expect(result.functions.find(({ name }) => name === 'echo')).toEqual({
      name: 'echo', trigger: 'http', route: 'echo/{id:int?}', methods: ['GET', 'POST', 'PUT'], authLevel: 'anonymous',
      file: 'src/functions/echo.js',
    });
    expect(result.loadErrors).toEqual([]);
  });

  it('9 what cannot run blocks, with the function and its place', async () => {
    const { findings } = await analyse(fixture('durable'));
    const blocked = findings.filter(({ severity }) => severity === 'blocks');
    expect(blocked.map((f) => f.function).sort()).toEqual(['blob', 'bus', 'cosmos', 'cosmos', 'grid', 'orchestrate']);
    const grid = blocked.find((f) => f.function === 'grid');
    expect(grid).toMatchObject({ id: 'unsupported-trigger', where: { file: 'src/index.js', line: 4 } });
    expect(findings).toContainEqual(expect.objectContaining({ id: 'function-keys', severity: 'question', function: 'fine' }));
    expect(findings).toContainEqual(expect.objectContaining({ id: 'easy-auth', where: { file: 'src/index.js', line: 12 } }));
  });

  it('settings: %NAME%, connections, and reads of process.env with and without a fallback', async () => {
    const { settings } = await analyse(fixture('needs-settings'));
    expect(settings).toEqual([
      { name: 'API_TOKEN', usedBy: ['src/index.js:4'], required: true },
      { name: 'AzureWebJobsStorage', usedBy: ['events'], required: true },
      { name: 'DB_HOST', usedBy: ['src/index.js:3', 'src/index.js:7'], required: true },
      { name: 'DB_PORT', usedBy: ['src/index.js:3'], required: false },
      { name: 'NIGHTLY', usedBy: ['nightly'], required: true },
      { name: 'REGION', usedBy: ['src/index.js:5'], required: false },
      { name: 'STORE', usedBy: ['orders'], required: true },
    ]);
  });

  it('an entry point that throws is a load error with its place; its settings are not the caller\'s', async () => {
    const result = await analyse(fixture('broken'), { env: { PLANTED_SECRET: 'given-value' } });
    const message = expect.stringContaining('cannot reach [PLANTED_SECRET]') as string;
    expect(result.loadErrors).toEqual([{ file: 'src/index.js', message }]);
    const where = { file: 'src/index.js', line: 4 };
    expect(result.findings).toContainEqual(expect.objectContaining({ id: 'load-error', severity: 'blocks', where }));
    expect(result.functions.map(({ name }) => name)).toEqual(['fine']);
  });

  it('top-level code that never ends is stopped at the deadline', async () => {
    const result = await analyse(fixture('hangs'), { deadlineMs: 700 });
    expect(result.findings).toContainEqual(expect.objectContaining({ id: 'load-deadline', severity: 'blocks' }));
  });

  it('other folders are no functions app', async () => {
    const empty = tempDir();
    const hostOnly = tempDir();
    writeFileSync(join(hostOnly, 'host.json'), '{"version":"2.0"}');
    writeFileSync(join(hostOnly, 'package.json'), '{"main":"index.js"}');
    writeFileSync(join(hostOnly, 'index.js'), '');
    for (const dir of [empty, hostOnly, packageRoot]) {
      const result = await analyse(dir);
      expect([ids(result), result.findings[0]?.severity]).toEqual([['not-a-functions-app'], 'blocks']);
    }
  });

  it('1.8 function.json folders are the v3 model, which blocks for now', async () => {
    const dir = tempDir();
    mkdirSync(join(dir, 'Hello'));
    writeFileSync(join(dir, 'host.json'), '{"version":"2.0"}');
    writeFileSync(join(dir, 'package.json'), '{"name":"old"}');
    writeFileSync(join(dir, 'Hello', 'function.json'), '{"bindings":[]}');
    const result = await analyse(dir);
    expect(result.app.model).toBe('v3');
    expect(result.findings).toContainEqual(expect.objectContaining({ id: 'v3-model', severity: 'blocks', function: 'Hello' }));
  });
});
