import path from 'node:path';

/**
 * The command that runs a program of the project, such as `src/server.ts`: as `npm test` compiled it,
 * otherwise by tsx, as `npm start` does.
 */
export function program(file: string, ...args: string[]): [string, ...string[]] {
  const { TEST_PROGRAMS: compiled } = process.env;
  if (!compiled) return [process.execPath, '--import', 'tsx', file, ...args];
  const { dir, name } = path.parse(file);
  return [process.execPath, path.join(compiled, dir, `${name}.js`), ...args];
}
