import { createHash } from 'node:crypto';

const KEY = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const ISO_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

const isKey = (value) => typeof value === 'string' && KEY.test(value);
const isTime = (value) => typeof value === 'string' && ISO_TIME.test(value) && !Number.isNaN(Date.parse(value));
const isCount = (value) => Number.isInteger(value) && value >= 0;
const isSeconds = (value) => Number.isFinite(value) && value >= 0;

const RULES = [
  ['stadiumId', isKey, 'must be 1 to 64 letters, digits, - or _'],
  ['gateId', isKey, 'must be 1 to 64 letters, digits, - or _'],
  ['ts', isTime, 'must be an ISO 8601 time with a zone'],
  ['perMinuteCount', isCount, 'must be a whole number, 0 or more'],
  ['avgProcessingTime', isSeconds, 'must be a number of seconds, 0 or more'],
  ['queueLength', isCount, 'must be a whole number, 0 or more'],
];

/** What is wrong with a flow event; empty when it is fine. */
export function validate(event) {
  if (event === null || typeof event !== 'object' || Array.isArray(event)) return ['the body must be a JSON object'];
  return RULES.filter(([name, isValid]) => !isValid(event[name])).map(([name, , rule]) => `${name} ${rule}`);
}

/** The event as it is queued. The same event sent twice has the same id. */
export function normalise({ stadiumId, gateId, ts, perMinuteCount, avgProcessingTime, queueLength }) {
  const at = new Date(ts).toISOString();
  const id = createHash('sha256').update([stadiumId, gateId, at].join('|')).digest('hex').slice(0, 32);
  return { id, stadiumId, gateId, ts: at, perMinuteCount, avgProcessingTime, queueLength };
}
