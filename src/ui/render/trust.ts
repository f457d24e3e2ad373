import type { ResultOf } from '../../operations/catalog.js';

/** The parts of a fleet that need trust, its hash, and where it stands. */
export function renderTrust({ file, hash, parts, trusted, change }: ResultOf<'trust'>): string {
  const lines =
    parts.length > 0
      ? parts.map(({ path, does }) => `  ${path}: ${does}`)
      : ['  nothing but the code of its apps, when they are analysed'];
  const end = {
    trusted: `${file} is trusted.`,
    revoked: `${file} is not trusted any more.`,
    none: `${file} is ${trusted ? 'trusted' : 'not trusted'}.`,
  }[change];
  return [`What ${file} runs on this machine and sends from it:`, ...lines, `hash ${hash}`, '', end].join('\n');
}
