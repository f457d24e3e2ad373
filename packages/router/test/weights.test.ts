import { Agent } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { WeightedPicker } from '../src/pick.js';
import { backend, named, send, startRouter, stateOf, routeOf } from './helpers.js';

const placements = (...weights: number[]) =>
  weights.map((weight, at) => ({ name: `p${at}`, url: 'http://127.0.0.1:1', weight }));

function counts(names: (string | undefined)[]): Record<string, number> {
  const result: Record<string, number> = {};
  for (const name of names) result[String(name)] = (result[String(name)] ?? 0) + 1;
  return result;
}

test.each([
  [[90, 10], 100, { p0: 90, p1: 10 }],
  [[99, 1], 100, { p0: 99, p1: 1 }],
  [[50, 50], 7, { p0: 4, p1: 3 }],
  [[10, 20, 70], 300, { p0: 30, p1: 60, p2: 210 }],
  [[0, 100], 5, { p1: 5 }],
])('weights %j split %i picks exactly', (weights, picks, expected) => {
  const picker = new WeightedPicker(placements(...weights));
  expect(counts(Array.from({ length: picks }, () => picker.pick()?.name))).toEqual(expected);
});

test('10 % is spread over the cycle and does not come in a row', () => {
  const picker = new WeightedPicker(placements(90, 10));
  const at = Array.from({ length: 40 }, (_, index) => index).filter(() => picker.pick()?.name === 'p1');
  expect(at.map((index, n) => index - (at[n - 1] ?? index - 10))).toEqual([10, 10, 10, 10]);
});

test('all weights 0 pick nothing', () => {
  expect(new WeightedPicker(placements(0, 0)).pick()).toBeUndefined();
});

test('100 concurrent requests through the router split 90 to 10', async () => {
  const [azure, vm] = [await named('azure'), await named('vm')];
  const { url, log } = await startRouter(
    stateOf([
      { name: 'azure', url: azure.url, weight: 90 },
      { name: 'vm', url: vm.url, weight: 10 },
    ]),
  );
  const replies = await Promise.all(Array.from({ length: 100 }, () => send(`${url}/api/flow`)));
  expect(counts(replies.map(({ body }) => body))).toEqual({ azure: 90, vm: 10 });
  expect(counts(log.map(({ placement }) => placement))).toEqual({ azure: 90, vm: 10 });
});

test('a change elsewhere does not disturb the split of an unchanged route', async () => {
  const [azure, vm] = [await named('azure'), await named('vm')];
  const state = stateOf([
    { name: 'azure', url: azure.url, weight: 90 },
    { name: 'vm', url: vm.url, weight: 10 },
  ]);
  const { url, router } = await startRouter(state);
  const bodies: string[] = [];
  for (let version = 2; version < 22; version += 1) {
    bodies.push((await send(`${url}/api/flow`)).body);
    const other = routeOf({ service: 'other', path: `/v${version}`, placements: placements(1) });
    await router.apply({ ...state, routes: [...state.routes, other] });
  }
  expect(counts(bodies)).toEqual({ azure: 18, vm: 2 });
});

test('weights change under concurrent requests and none fails; weight 0 gets no new request', async () => {
  const slow = (name: string) => backend((_req, res) => setTimeout(() => res.end(name), 15));
  const [azure, vm] = [await slow('azure'), await slow('vm')];
  const weighted = (vmWeight: number, version: number) =>
    stateOf(
      [
        { name: 'azure', url: azure.url, weight: 100 - vmWeight },
        { name: 'vm', url: vm.url, weight: vmWeight },
      ],
      { version },
    );
  const { url, router, log } = await startRouter(weighted(0, 1));
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  let going = true;
  const replies: { status: number; body: string }[] = [];
  const client = async (): Promise<void> => {
    while (going) replies.push(await send(`${url}/api/flow`, { agent }));
  };
  const clients = Array.from({ length: 8 }, client);
  for (const [at, weight] of [10, 50, 0, 100, 25, 100].entries()) {
    const before = replies.length;
    await router.apply(weighted(weight, at + 2));
    while (replies.length < before + 40) await new Promise((resolve) => setImmediate(resolve));
  }
  const served = log.length;
  while (log.length < served + 40) await new Promise((resolve) => setImmediate(resolve));
  going = false;
  await Promise.all(clients);
  expect(replies.length).toBeGreaterThanOrEqual(240);
  expect(replies.filter(({ status }) => status !== 200)).toEqual([]);
  expect(log.filter(({ error }) => error)).toEqual([]);
  expect(new Set(log.slice(served).map(({ placement }) => placement))).toEqual(new Set(['vm']));
});
