/**
 * The reference of exit codes.
 * @param {Readonly<Record<string, number>>} codes by name
 * @param {Readonly<Record<string, string>>} meanings by the same names
 */
export const exitCodesPage = (codes, meanings) => `# Exit codes

Written by \`node scripts/schemas.mjs\` from \`src/core/exit-codes.ts\`. With \`--json\` a command that fails prints an error with a \`code\` of its own
([troubleshooting](../troubleshooting.md)).

| exit code | meaning |
| --- | --- |
${Object.entries(codes)
  .map(([name, code]) => `| ${code} | ${meanings[name]} |`)
  .join('\n')}
`;
