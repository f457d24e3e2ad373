import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMap, isPair, isScalar, parseDocument, visit } from 'yaml';
import { CASES } from './case.js';
import type { ShownError, ShownPlan } from './shown.js';

/** Writes what planning gave into the file of a case, in place of what it expected; the rest of the file stays. */
export function writeOutcome(file: string, outcome: { plan: ShownPlan } | { error: ShownError }): void {
  const path = join(CASES, file);
  const document = parseDocument(readFileSync(path, 'utf8'));
  document.delete('plan');
  document.delete('error');
  const [[key, value]] = Object.entries(outcome) as [[string, object]];
  const node = document.createNode(value);
  visit(node, {
    // One line a step: an input is easier to read in a row.
    Pair(_key, { key: name, value: of }) {
      if (!isScalar(name) || name.value !== 'inputs' || !isMap(of)) return undefined;
      for (const { value: each } of of.items.filter(isPair)) if (isMap(each)) each.flow = true;
      return visit.SKIP;
    },
  });
  document.set(key, node);
  writeFileSync(path, document.toString({ lineWidth: 120 }));
}
