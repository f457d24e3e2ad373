import { appFindings } from './app-findings.js';
import { dependencyFindings } from './dependency-findings.js';
import type { AppFacts } from './facts.js';
import { functionFindings } from './function-findings.js';
import { httpFindings } from './http-findings.js';
import { nativeFindings } from './native-findings.js';
import { nodeFindings } from './node-findings.js';
import { settingFindings } from './setting-findings.js';
import { findSigns } from './signs.js';
import { functionTable } from './table-findings.js';
import type { AnalysedRoute, Finding } from './types.js';

/**
 * Everything that the facts of an app say about running it here (specification 9), and its routes in order of
 * precedence.
 */
export async function judge(facts: AppFacts): Promise<{ routes: AnalysedRoute[]; findings: Finding[] }> {
  const { routes, findings: inTable } = functionTable(facts);
  const findings = [
    ...functionFindings(facts),
    ...inTable,
    ...appFindings(facts),
    ...dependencyFindings(facts),
    ...nativeFindings(facts.root),
    ...(await nodeFindings(facts)),
    ...settingFindings(facts),
    ...findSigns(facts.sources),
    ...(await httpFindings(facts, routes)),
  ];
  return { routes, findings };
}
