/** Imports never go in a circle, imports of types included, and packages of programs on hosts know the protocol alone. Which layer may import which is checked by ESLint (scripts/lint/layers.mjs). */
export default {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'protocol-knows-nobody',
      severity: 'error',
      from: { path: '^packages/protocol/src/' },
      to: { pathNot: ['^packages/protocol/src/', 'node_modules/zod/'], dependencyTypesNot: ['core'] },
    },
    {
      name: 'programs-on-hosts-know-the-protocol-only',
      severity: 'error',
      from: { path: '^packages/(router|functions-host)/src/' },
      to: { path: ['^src/', '^packages/'], pathNot: ['^packages/protocol/', '^packages/$1/'] },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|node_modules)/' },
  },
};
