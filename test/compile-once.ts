import vm from 'node:vm';

type Compile = typeof vm.compileFunction;
type Import = (...args: unknown[]) => unknown;

interface Compiled {
  source: string;
  script: vm.Script;
  /** How the file that is being tested now imports: a script outlives the file it was compiled for. */
  importing: { current: unknown };
}

/**
 * Has each module compiled once in a worker; jest compiles it again for every file that loads it,
 * which was half of what loading the service cost. Each file still evaluates it anew.
 */
export function compileOnce(): void {
  const compiled = new Map<string, Compiled>();
  const compile: Compile = vm.compileFunction;
  const compileCached = (source: string, names: string[], options: vm.CompileFunctionOptions) => {
    const { filename, parsingContext, importModuleDynamically } = options;
    if (!filename || !parsingContext) return compile(source, names, options);
    let known = compiled.get(filename);
    if (known?.source !== source) compiled.set(filename, (known = script(source, names, filename)));
    known.importing.current = importModuleDynamically;
    // Not in jest's context: see `one-realm.ts`.
    return known.script.runInThisContext() as ReturnType<Compile>;
  };
  vm.compileFunction = compileCached as Compile;
}

function script(source: string, names: string[], filename: string): Compiled {
  const importing: Compiled['importing'] = { current: undefined };
  const head = `(function (${names.join(',')}) {`;
  const importModuleDynamically = ((...args: unknown[]) =>
    (importing.current as Import)(...args)) as NonNullable<
    vm.ScriptOptions['importModuleDynamically']
  >;
  return {
    source,
    importing,
    script: new vm.Script(`${head}${source}\n})`, {
      filename,
      columnOffset: -head.length,
      importModuleDynamically,
    }),
  };
}
