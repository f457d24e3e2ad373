import Module from 'node:module';
import { PrivateFields } from './private-fields.js';

interface CompilingModule {
  _compile(this: Module, content: string, filename: string, ...rest: unknown[]): unknown;
}

const libraryFile = /[\\/]@azure[\\/]functions[\\/]dist[\\/][^\\/]+\.js$/;

/**
 * While a file of the app's own `@azure/functions` is evaluated, and only then, `WeakMap` is {@link PrivateFields};
 * files that it requires
 * meanwhile have the real one. Must run before any file of the app. Returns the function that takes it out again.
 */
export function watchLibraryLoading(): () => void {
  const modules = Module.prototype as unknown as CompilingModule;
  const original = modules._compile;
  const real = globalThis.WeakMap;
  const compile: CompilingModule['_compile'] = function (content, filename, ...rest) {
    const before = globalThis.WeakMap;
    const wanted = libraryFile.test(filename) ? (PrivateFields as unknown as WeakMapConstructor) : real;
    if (wanted === before || (before !== real && before !== (PrivateFields as unknown)))
      return original.call(this, content, filename, ...rest);
    globalThis.WeakMap = wanted;
    try {
      return original.call(this, content, filename, ...rest);
    } finally {
      globalThis.WeakMap = before;
    }
  };
  modules._compile = compile;
  return () => {
    if (modules._compile === compile) modules._compile = original;
  };
}
