import { readFileSync } from 'node:fs';
import { app } from '@azure/functions';

const { name, version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

app.http('version', {
  methods: ['GET'],
  authLevel: 'anonymous',
  route: 'flow/version',
  handler: () => ({ jsonBody: { name, version } }),
});
