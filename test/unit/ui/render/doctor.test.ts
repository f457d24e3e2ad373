import { expect, test } from 'vitest';
import { renderDoctor, renderMends } from '../../../../src/ui/render/doctor.js';
import { renderInit } from '../../../../src/ui/render/init.js';
import { plain } from '../../../helpers/plain-style.js';

test('checks with what mends them', () => {
  const checks = [
    { id: 'here/node', title: 'Node of this process', state: 'ok' as const, detail: 'v24.21.0' },
    {
      id: 'here/ssh',
      title: 'SSH client',
      state: 'warn' as const,
      detail: 'it is not on the PATH',
      fix: 'apt-get install openssh-client',
    },
    {
      id: 'fleet/file',
      title: 'Fleet file',
      state: 'fail' as const,
      detail: 'The fleet file has a problem:\n  f:1:1 a: b.',
      fix: 'Put f:1:1 right.',
    },
    { id: 'fleet/rest', title: 'Rest', state: 'skipped' as const, detail: 'it needs the fleet file' },
  ];
  expect(renderDoctor({ checks, sum: { ok: 1, warn: 1, fail: 1, skipped: 1 } }, plain)).toBe(
    [
      'ok    Node of this process  v24.21.0',
      'WARN  SSH client            it is not on the PATH',
      '      -> apt-get install openssh-client',
      'FAIL  Fleet file            The fleet file has a problem:',
      '        f:1:1 a: b.',
      '      -> Put f:1:1 right.',
      'skip  Rest                  it needs the fleet file',
      '',
      '1 ok, 1 warning, 1 failed, 1 skipped.',
    ].join('\n'),
  );
});

test('what --fix can do, what it did, and what it could not', () => {
  const mend = { kind: 'host' as const, title: 'Start host app-1', host: 'app-1' };
  const check = {
    id: 'host/app-1/provisioned',
    title: 'Host app-1 is there',
    state: 'fail' as const,
    detail: 'local: stopped',
    fix: 'fanops host provision app-1',
    mend,
  };
  const mended = [
    { title: 'Start host app-1', problem: 'its port is taken' },
    { title: 'Apply the router on r', run: 'R2' },
  ];
  expect(renderDoctor({ checks: [check], sum: { ok: 0, warn: 0, fail: 1, skipped: 0 }, mended }, plain)).toBe(
    [
      'FAIL  Host app-1 is there  local: stopped',
      '      -> fanops host provision app-1  (--fix does it)',
      '',
      'Mended',
      '  left  Start host app-1: its port is taken',
      '  done  Apply the router on r  Run R2',
      '',
      '0 ok, 1 failed.',
    ].join('\n'),
  );
  expect(renderMends([mend])).toBe('This can be mended now:\n  - Start host app-1');
});

test('a fleet file that was written, and one that got a host', () => {
  const written = {
    file: '/f/fanops.yaml',
    created: true,
    fleet: 'shop',
    hosts: ['app-1'],
    services: ['m1'],
    router: true,
  };
  expect(renderInit(written, plain)).toBe(
    [
      'Done. Wrote /f/fanops.yaml: fleet shop with host app-1 and service m1.',
      '',
      'Next:',
      '  fanops doctor                looks whether all is in order',
      '  fanops host provision --all  makes the hosts',
      '  fanops router apply          puts the router up',
      '  fanops migrate m1 --dry-run  shows what a move would do',
    ].join('\n'),
  );
  expect(renderInit({ ...written, created: false, services: [], router: false }, plain)).toContain(
    'Done. Added host app-1 to /f/fanops.yaml.\n',
  );
});
