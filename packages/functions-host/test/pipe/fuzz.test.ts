import { appendFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { running } from '../edge/running.js';
import { bodyLimit, fuzz, fuzzKey } from './fuzz/run.js';

const env = { FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: String(bodyLimit), 'AzureWebJobs.fOff.Disabled': '1' };
const host = running('pipe-fuzz', { env, keys: { functionKeys: { default: fuzzKey }, masterKey: 'master-of-fuzz' } });

const seed = Number(process.env.FANOPS_SEED ?? 20_261_121);
const count = Number(process.env.FANOPS_FUZZ ?? 500);

it(`[3.3-3, 3.9-2] ${count} random requests: each gets the status of the specification, none a stack trace, and the host goes on`, async () => {
  const { sent, wrong, statuses } = await fuzz(host().url, seed, count);
  process.stdout.write(
    `functions-host fuzz: seed ${seed}, ${sent} requests, ${wrong.length} wrong, ${JSON.stringify(statuses)}\n`,
  );
  reportCases(sent, wrong);
  expect(wrong).toEqual([]);
  expect((await fetch(`${host().url}/admin/host/ping`)).status).toBe(200);
  expect(host().stderr()).not.toContain('Uncaught');
}, 600_000);

/** One line a case, for `npm run soak`. */
function reportCases(sent: number, wrong: string[]): void {
  const file = process.env.FANOPS_SOAK_REPORT;
  if (!file) return;
  const kind = 'functions-host fuzz';
  const right = Array.from({ length: sent - wrong.length }, () => JSON.stringify({ kind, ok: true, detail: '' }));
  const others = wrong.map((detail) => JSON.stringify({ kind, ok: false, detail }));
  appendFileSync(file, [...right, ...others, ''].join('\n'));
}
