import { corsRules } from '../config/cors-rules.js';
import type { AppFacts } from './facts.js';
import type { AnalysedRoute, Finding } from './types.js';

/** What has to be asked, or is good to know, of an app that answers requests (specification 3, 9). */
export async function httpFindings({ root, env, functions }: AppFacts, routes: AnalysedRoute[]): Promise<Finding[]> {
  const [first] = routes;
  if (!first) return [];
  const where = functions.find(({ metadata }) => metadata.name === first.function)?.where;
  const findings: Finding[] = [
    {
      id: 'http-differences',
      severity: 'info',
      where,
      message:
        'Only a comparison of answers shows these: a GET route answers no HEAD (404), a wrong ' +
        'method is 404, and a chunked ' +
        'request body, which Azure drops unless the app streams, is read here.',
      hint: 'Start the host with --strict to drop chunked bodies as Azure does.',
    },
  ];
  if (!(await hasCors(root, env)))
    findings.push({
      id: 'portal-cors',
      severity: 'question',
      where,
      message: 'Which web pages may call this app (CORS) is set in the Azure portal, not in these files.',
      hint:
        'az functionapp cors show; then set CORS_ALLOWED_ORIGINS to a JSON array of the ' +
        'origins, or nothing when no browser calls it.',
    });
  return findings;
}

async function hasCors(root: string, env: AppFacts['env']): Promise<boolean> {
  try {
    return (await corsRules(root, env)) !== undefined;
  } catch {
    return true; // given, and its mistake is said when the host starts
  }
}
