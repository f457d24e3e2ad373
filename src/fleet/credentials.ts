import { isReference } from './reference.js';

const LOOKS_LIKE_CREDENTIAL: readonly RegExp[] = [
  /(AccountKey|SharedAccessKey|SharedAccessSignature|Password|Pwd)=[^;]+/i,
  /^[a-z][a-z0-9+.-]*:\/\/[^/@\s:]*:[^/@\s]+@/i,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /\b(AKIA|ASIA)[0-9A-Z]{16}\b/,
];
const NAMES_A_SECRET = /(password|passwd|secret|token|api_?key|private_?key|connection_?string)$/i;

/** Why a plain setting must not stand in the file, or undefined when it may. */
export function inlineCredential(key: string, value: string): string | undefined {
  if (value === '' || isReference(value)) return undefined;
  if (LOOKS_LIKE_CREDENTIAL.some((pattern) => pattern.test(value))) return 'the value holds a credential';
  if (NAMES_A_SECRET.test(key)) return 'the name says that the value is a secret';
  return undefined;
}
