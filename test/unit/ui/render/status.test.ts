import { expect, test } from 'vitest';
import type { StatusResult } from '../../../../src/operations/status/status.js';
import { renderStatus } from '../../../../src/ui/render/status.js';
import { NOW, plain } from '../../../helpers/plain-style.js';

const whole: StatusResult = {
  fleet: 'can2025',
  file: '/fleet/fanops.yaml',
  complete: true,
  hosts: [
    {
      name: 'app-1',
      provider: 'local',
      roles: ['app'],
      state: 'running',
      address: '127.0.0.1',
      port: 42000,
      createdAt: '2026-11-21T02:13:05.000Z',
      inFile: true,
    },
  ],
  services: [
    {
      name: 'm1',
      placement: 'vm',
      previous: 'azure',
      rollback: 'azure',
      release: '20261121-4f2a',
      placements: [
        { name: 'azure', url: 'http://a', weight: 0 },
        { name: 'vm', url: 'http://b', weight: 100 },
      ],
    },
  ],
  openRuns: [],
};

test('a fleet with an open migration', () => {
  expect(renderStatus(whole, plain, NOW)).toMatchInlineSnapshot(`
    "can2025  /fleet/fanops.yaml

    HOST   ROLES  PROVIDER  STATE    SSH              CREATED
    app-1  app    local     running  127.0.0.1:42000  02:13 (8 m ago)

    SERVICE  PLACEMENT  TRAFFIC              RELEASE        ROLLBACK TO
    m1       vm         azure 0 %, vm 100 %  20261121-4f2a  azure

    Next:
      fanops migrate rollback m1  goes back to azure
      fanops migrate finish m1    retires azure"
  `);
});

test('holes in the picture and an open run', () => {
  const result: StatusResult = {
    ...whole,
    complete: false,
    hosts: [...whole.hosts, { name: 'router-1', provider: 'local', roles: ['router'], state: 'missing', inFile: true }],
    services: [{ name: 'm1', placements: [], problem: 'Host router-1 is not there yet.' }],
    openRuns: [
      {
        id: 'R1',
        title: 'Apply the router on router-1',
        operation: 'router-apply',
        subject: 'router-1',
        status: 'interrupted',
        createdAt: '2026-11-21T02:20:00.000Z',
        operator: 'ada',
      },
    ],
  };
  expect(renderStatus(result, plain, NOW)).toMatchInlineSnapshot(`
    "can2025  /fleet/fanops.yaml

    HOST      ROLES   PROVIDER  STATE    SSH              CREATED
    app-1     app     local     running  127.0.0.1:42000  02:13 (8 m ago)
    router-1  router  local     missing  -                -

    SERVICE  PLACEMENT  TRAFFIC  RELEASE  ROLLBACK TO
    m1       -          -        -        -

    Open runs
    RUN  STATUS       WHAT                          STARTED          TOOK  BY
    R1   interrupted  Apply the router on router-1  02:20 (1 m ago)  -     ada

    ! m1: Host router-1 is not there yet.
    ! Something did not answer: this is not the whole picture.

    Next:
      fanops host provision router-1  makes or starts router-1
      fanops runs show R1             Apply the router on router-1 (interrupted)"
  `);
});

test('a router that does not know a service', () => {
  const result: StatusResult = {
    ...whole,
    complete: false,
    services: [{ name: 'm1', placements: [], problem: 'the router does not know it yet' }],
  };
  expect(renderStatus(result, plain, NOW)).toMatch(/Next:\n {2}fanops router apply {2}gives the router its routes$/);
});

test('an empty fleet', () => {
  expect(renderStatus({ ...whole, hosts: [], services: [] }, plain, NOW)).toBe(
    'can2025  /fleet/fanops.yaml\n\nThe fleet file names no hosts.',
  );
});
