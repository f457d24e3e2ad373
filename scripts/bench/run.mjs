// Measures, prints each ratio when it is known, and writes docs/benchmarks.md when all were measured.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../lib/setup.mjs';
import { commands } from './commands.mjs';
import { functions } from './functions.mjs';
import { hosts } from './hosts.mjs';
import { http } from './http.mjs';
import { listing } from './listing.mjs';
import { install } from './install.mjs';
import { line, page } from './report.mjs';

const PARTS = { commands, functions, http, hosts, listing, install };

const named = process.argv.slice(2);
const unknown = named.filter((name) => !Object.hasOwn(PARTS, name));
if (unknown.length > 0) {
  process.stderr.write(`Unknown: ${unknown.join(', ')}. There is: ${Object.keys(PARTS).join(', ')}.\n`);
  process.exit(2);
}

const rows = [];
for (const [name, measure] of Object.entries(PARTS)) {
  if (named.length > 0 && !named.includes(name)) continue;
  for await (const row of measure()) {
    rows.push(row);
    process.stdout.write(`${line(row)}\n`);
  }
}
if (named.length === 0) {
  writeFileSync(join(root, 'docs/benchmarks.md'), page(rows));
  process.stdout.write('wrote docs/benchmarks.md\n');
}
