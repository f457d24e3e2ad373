import type { NamedKey } from '../config/keys.js';
import type { AdminRequest } from './admin-request.js';
import { sendJson } from './json-answer.js';
import { endEmpty } from './respond.js';

/**
 * `/admin/host/(keys|functionkeys|systemkeys)[/KEY]` and `/admin/functions/NAME/keys[/KEY]`: reads only, as the keys
 * are a file of the operator's; a change is 405 (specification 3.3).
 */
export function handleKeys({ context, path, segments, res, parts }: AdminRequest): void {
  const keys = collection({ context, segments });
  const wanted = segments.at(0)?.toLowerCase() === 'host' ? segments[2] : segments[3];
  if (!keys || segments.length > (segments[0]?.toLowerCase() === 'host' ? 3 : 4)) return endEmpty(res, 404);
  if (parts.method !== 'GET') {
    res.setHeader('allow', 'GET');
    return sendJson(
      res,
      { message: 'The keys of this host come from the file of --keys. Change them there and restart.' },
      405,
    );
  }
  const href = `${parts.proto}://${parts.host}${path}`;
  if (wanted === undefined) {
    return sendJson(res, { keys: keys.map(({ name, value }) => ({ name, value })), links: [{ rel: 'self', href }] });
  }
  const key = keys.find(({ name }) => name.toLowerCase() === wanted.toLowerCase());
  return key ? sendJson(res, { name: key.name, value: key.value, links: [{ rel: 'self', href }] }) : endEmpty(res, 404);
}

/** Undefined for a function that is not there. The master key is only found by its name. */
function collection({
  context,
  segments: [area, name, detail],
}: Pick<AdminRequest, 'context' | 'segments'>): NamedKey[] | undefined {
  const { keys, state } = context;
  if (area?.toLowerCase() === 'host') {
    const asksMaster = detail?.toLowerCase() === '_master';
    if (asksMaster) return keys.master;
    return name?.toLowerCase() === 'systemkeys' ? keys.system : keys.host;
  }
  const fn = state.functions.find((candidate) => candidate.name.toLowerCase() === name?.toLowerCase());
  return fn && (keys.functions.get(fn.name.toLowerCase()) ?? []);
}
