import { expect, test } from 'vitest';
import { differences, differenceText, type Compared } from '../../../src/operations/drift/differences.js';
import { blocking } from '../../../src/operations/drift/require.js';
import { alsoListens } from '../../../src/operations/drift/move.js';

const at = (port: number, address = '127.0.0.1') => ({ address, port });

/** m1 with all traffic on vm, port 4000, as the fleet file says; `change` makes the file or the world another one. */
function compared(change: (both: Compared) => void = () => undefined): Compared {
  const route = () => ({
    service: 'm1',
    version: 1,
    fence: 1,
    run: 'r',
    at: '',
    placement: 'vm',
    path: '/api/flow',
    placements: [
      { name: 'azure', url: 'https://m1.azurewebsites.net', weight: 0 },
      { name: 'vm', url: 'http://10.0.0.4:4000', weight: 100 },
    ],
  });
  const both: Compared = {
    desired: { route: route(), processes: { vm: [{ host: 'app-1', listen: at(4000), instances: 1, keys: false }] } },
    observed: {
      route: route(),
      processes: { vm: [{ host: 'app-1', recorded: at(4000), listens: [at(4000)], instances: 1, keys: false }] },
    },
  };
  change(both);
  return both;
}

const [azure, vm] = [0, 1];
/** A changed port in the fleet file. */
const port = ({ desired }: Compared): void => {
  desired.route.placements[vm]!.url = 'http://10.0.0.4:4001';
  desired.processes.vm![0]!.listen.port = 4001;
};

test("what agrees is no difference; weights and the present placement are the router's own", () => {
  expect(differences(compared())).toEqual([]);
  expect(
    differences(
      compared(({ desired }) => {
        desired.route.placement = 'azure';
        desired.route.placements[azure]!.weight = 100;
        desired.route.placements[vm]!.weight = 0;
      }),
    ),
  ).toEqual([]);
});

test.each<[string, (both: Compared) => void, string[], string[]]>([
  [
    'a changed port',
    port,
    [
      'vm: port 4001 in the fleet file, 4000 in the route',
      'vm: port 4001 in the fleet file, 4000 in the record',
      'vm: port 4001 in the fleet file, 4000 in the process',
    ],
    ['fanops deploy m1'],
  ],
  [
    'a route that was left behind',
    ({ observed }) => {
      observed.route!.placements[vm]!.url = 'http://10.0.0.4:3999';
    },
    ['vm: port 4000 in the fleet file, 3999 in the route'],
    ['fanops router apply'],
  ],
  [
    'another address of the host',
    ({ desired }) => {
      desired.route.placements[vm]!.url = 'http://10.0.0.5:4000';
    },
    ['vm: url http://10.0.0.5:4000 in the fleet file, http://10.0.0.4:4000 in the route'],
    ['fanops router apply'],
  ],
  [
    'a path',
    ({ desired }) => {
      desired.route.path = '/api/x';
    },
    ['path /api/x in the fleet file, /api/flow in the route'],
    ['fanops router apply'],
  ],
  [
    'a host of the route',
    ({ desired }) => {
      desired.route.host = 'm1.example.org';
    },
    ['host m1.example.org in the fleet file, any in the route'],
    ['fanops router apply'],
  ],
  [
    'a bind address',
    ({ desired }) => {
      desired.processes.vm![0]!.listen.address = '0.0.0.0';
    },
    ['vm: address 0.0.0.0 in the fleet file, 127.0.0.1 in the process'],
    ['fanops deploy m1'],
  ],
  [
    'a host of the fleet file where users are sent to and nothing runs',
    ({ desired, observed }) => {
      desired.processes.vm![0]!.host = 'app-2';
      delete observed.processes.vm;
    },
    ['vm: process on app-2 in the fleet file, missing in the record'],
    ['fanops migrate status m1'],
  ],
  [
    'workers and keys, which belong to the release',
    ({ desired }) => {
      Object.assign(desired.processes.vm![0]!, { instances: 2, keys: true });
    },
    ['vm: instances 2 in the fleet file, 1 in the release', 'vm: keys given in the fleet file, none in the release'],
    [],
  ],
  [
    'TLS of a placement without traffic',
    ({ desired }) => {
      Object.assign(desired.route.placements[azure]!, {
        verify: false,
        serverName: 'x.example.org',
        trusted: 'ca/m1.azure.pem',
      });
    },
    [
      'azure: serverName x.example.org in the fleet file, that of the url in the route',
      'azure: verify false in the fleet file, true in the route',
      'azure: trustedCertificate ca/m1.azure.pem in the fleet file, none in the route',
    ],
    [],
  ],
  [
    'a placement with users that the fleet file lacks',
    ({ desired }) => {
      desired.route.placements[vm]!.name = 'vm2';
    },
    [
      'vm2: placement http://10.0.0.4:4000 in the fleet file, missing in the route',
      'vm: placement missing in the fleet file, http://10.0.0.4:4000 in the route',
    ],
    ['fanops migrate status m1'],
  ],
  [
    'a placement that the route lacks',
    ({ observed }) => {
      observed.route!.placements.splice(azure, 1);
    },
    ['azure: placement https://m1.azurewebsites.net in the fleet file, missing in the route'],
    [],
  ],
])('%s is a difference, and stands in the way of users with its command', (_name, change, texts, next) => {
  const both = compared(change);
  expect(differences(both).map(differenceText)).toEqual(texts);
  expect([...new Set(blocking(both, { receiving: ['vm'] }).map((each) => each.next))]).toEqual(next);
});

test('nothing of a placement stands in the way that the plan itself moves, or that gets no traffic', () => {
  expect(blocking(compared(port), { receiving: ['vm'], moved: 'vm' })).toEqual([]);
  expect(blocking(compared(port), { receiving: ['azure'] })).toEqual([]);
  const url = compared(({ desired }) => {
    desired.route.placements[azure]!.url = 'https://other.example.org';
  });
  expect(blocking(url, { receiving: ['azure'] }).map(({ next }) => next)).toEqual(['fanops router apply']);
});

test('a placement that does not have the service is brought into line by a migration to it', () => {
  const both = compared((each) => {
    port(each);
    each.observed.route!.placement = 'azure';
  });
  expect(blocking(both, { receiving: ['vm'] }).map(({ next }) => next)).toContain('fanops migrate m1 --to vm');
});

test('a release that moves to another port listens where the route leads as well, unless nothing listens there', () => {
  expect(alsoListens(compared(), 'vm')).toEqual({});
  expect(alsoListens(compared(port), 'vm')).toEqual({ 'app-1': [at(4000)] });
  expect(
    alsoListens(
      compared((both) => {
        port(both);
        both.observed.route!.placements[vm]!.url = 'http://10.0.0.4:3999';
      }),
      'vm',
    ),
  ).toEqual({});
});
