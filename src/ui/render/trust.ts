/** What `fanops trust` tells. */
export interface TrustResult {
  file: string;
  hash: string;
  parts: { path: string; does: string }[];
  trusted: boolean;
  change: 'trusted' | 'revoked' | 'none';
}

/** The parts of a fleet that need trust, its hash, and where it stands. */
export function renderTrust({ file, hash, parts, trusted, change }: TrustResult): string {
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
