import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import ts from 'typescript';

const here = import.meta.dirname;

/** Makes `dist/protocol` stand by itself: who installs the published package has no `fanops-protocol`, and needs none of its schemas. */
export async function bundleProtocol() {
  await build({
    absWorkingDir: here,
    entryPoints: ['src/protocol.ts'],
    outfile: 'dist/protocol.js',
    allowOverwrite: true,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'warning',
  });
  writeFileSync(join(here, 'dist/protocol.d.ts'), declarations(join(here, 'src/protocol.ts')));
}

/** The exports of a module as declarations that name no other module, with their comments. */
function declarations(file) {
  const { module, moduleResolution } = {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
  };
  const options = {
    module,
    moduleResolution,
    target: ts.ScriptTarget.ES2024,
    strict: true,
    skipLibCheck: true,
    types: [],
  };
  const program = ts.createProgram([file], options);
  const checker = program.getTypeChecker();

  const comment = (symbol, indent) => {
    const text = ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim();
    return text === '' ? '' : `${indent}/** ${text.replaceAll('\n', `\n${indent} * `)} */\n`;
  };
  const print = (type, indent) => {
    if (type.flags & ts.TypeFlags.Boolean) return 'boolean';
    if (type.isUnion()) return type.types.map((each) => print(each, indent)).join(' | ');
    if (checker.isArrayType(type)) return `Array<${print(checker.getTypeArguments(type)[0], indent)}>`;
    const fields = type.flags & ts.TypeFlags.Object ? checker.getPropertiesOfType(type) : [];
    if (fields.length === 0) return checker.typeToString(type, undefined, ts.TypeFormatFlags.NoTruncation);
    const deeper = `${indent}  `;
    const lines = fields.map((field) => {
      const isOptional = (field.flags & ts.SymbolFlags.Optional) !== 0;
      const type = checker.getTypeOfSymbol(field);
      const text = print(isOptional ? checker.getNonNullableType(type) : type, deeper);
      return `${comment(field, deeper)}${deeper}${field.name}${isOptional ? '?' : ''}: ${text};\n`;
    });
    return `{\n${lines.join('')}${indent}}`;
  };

  const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(file)));
  return exported
    .map((named) => {
      const symbol = named.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(named) : named;
      const isType = (symbol.flags & ts.SymbolFlags.TypeAlias) !== 0;
      const type = isType ? checker.getDeclaredTypeOfSymbol(symbol) : checker.getTypeOfSymbol(symbol);
      const head = isType ? `export type ${named.name} =` : `export declare const ${named.name}:`;
      return `${comment(symbol, '')}${head} ${print(type, '')};\n`;
    })
    .join('');
}
