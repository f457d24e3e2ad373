import { beforeAll, describe, expect, it } from 'vitest';
import { analyse } from 'fanops-functions-host';
import { fixture } from '../helpers/host.js';
import { buildApp } from './public-apps.js';

const built = ['dataflows', 'library', 'upload'];
const ready = ['bindings', 'chat', 'fetch-router', 'leaf', 'samples', 'scores', 'todo'];

describe('the analysis of the public apps', () => {
  beforeAll(() => built.forEach((name) => buildApp(`public-${name}`)));

  it.each([...built, ...ready])('nothing blocks %s', async (name) => {
    const { findings, loadErrors } = await analyse(fixture(`public-${name}`));
    expect(findings.filter(({ severity }) => severity === 'blocks')).toEqual([]);
    expect(loadErrors).toEqual([]);
  });

  it.each([
    ['chat', 'lib/sessions.js'],
    ['scores', 'scores/index.js'],
  ])("%s: the platform's login is asked for", async (name, file) => {
    const { findings } = await analyse(fixture(`public-${name}`));
    expect(findings.find(({ id }) => id === 'easy-auth')).toMatchObject({ severity: 'question', where: { file } });
  });
});
