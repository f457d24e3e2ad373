import { expect, test } from 'vitest';
import type { HostRow } from '../../../../src/operations/host/list.js';
import { renderDestroy, renderHosts, renderProvision } from '../../../../src/ui/render/host.js';
import { NOW, plain } from '../../../helpers/plain-style.js';

const running = (name: string, port: number): HostRow => ({
  name,
  provider: 'local',
  roles: ['app'],
  state: 'running',
  address: '127.0.0.1',
  port,
  createdAt: '2026-11-21T02:13:05.000Z',
  inFile: true,
});

test('hosts of every state, and what to do about them', () => {
  const hosts: HostRow[] = [
    running('app-1', 42000),
    { name: 'app-2', provider: 'local', roles: ['app', 'bastion'], state: 'missing', inFile: true },
    {
      name: 'vm',
      provider: 'existing',
      roles: ['router'],
      state: 'not managed',
      address: 'fd00::7',
      port: 22,
      inFile: true,
    },
    { ...running('stray', 42007), roles: [], inFile: false },
  ];
  expect(renderHosts({ hosts, asked: [], failed: [] }, plain, NOW)).toMatchInlineSnapshot(`
    "HOST   ROLES         PROVIDER  STATE        SSH              CREATED
    app-1  app           local     running      127.0.0.1:42000  02:13 (8 m ago)
    app-2  app, bastion  local     missing      -                -
    vm     router        existing  not managed  [fd00::7]:22     -
    stray  -             local     running      127.0.0.1:42007  02:13 (8 m ago)
    ! stray is at local and not in the fleet file.

    Next:
      fanops host provision app-2  makes or starts app-2"
  `);
});

test('a provider that does not answer is named', () => {
  const hosts: HostRow[] = [{ name: 'app-1', provider: 'local', roles: ['app'], state: 'unknown', inFile: true }];
  expect(
    renderHosts(
      { hosts, asked: [], failed: [{ provider: 'local', message: 'the folder cannot be read' }] },
      plain,
      NOW,
    ),
  ).toMatchInlineSnapshot(`
    "HOST   ROLES  PROVIDER  STATE    SSH  CREATED
    app-1  app    local     unknown  -    -
    ! The provider local did not answer: the folder cannot be read"
  `);
});

test('no hosts', () => {
  expect(renderHosts({ hosts: [], asked: [], failed: [] }, plain, NOW)).toBe('The fleet file names no hosts.');
});

test('hosts that were made and hosts that were there', () => {
  const at = { provider: 'local', address: '127.0.0.1' };
  const result = {
    run: 'R1',
    hosts: [
      { name: 'app-1', ...at, port: 42000, changed: true },
      { name: 'router-1', ...at, port: 42001, changed: false },
    ],
  };
  expect(renderProvision(result, plain)).toMatchInlineSnapshot(`
    "HOST      PROVIDER  SSH
    app-1     local     127.0.0.1:42000  created, started or prepared
    router-1  local     127.0.0.1:42001  unchanged
    Run R1

    Next:
      fanops router apply  puts the router up
      fanops status"
  `);
  expect(renderProvision({ run: 'R1', hosts: [] }, plain)).toBe(
    'No host of the fleet file has a provider: there is nothing to make.',
  );
});

test('hosts that were destroyed', () => {
  expect(renderDestroy({ run: 'R1', destroyed: ['app-1', 'router-1'] }, plain)).toBe(
    'Destroyed app-1, router-1. Run R1',
  );
  expect(renderDestroy({ run: 'R1', destroyed: [] }, plain)).toBe('Nothing was there to destroy.');
});
