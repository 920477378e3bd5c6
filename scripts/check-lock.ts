/**
 * Checks package-lock.json: every entry has the hash of what npm may install for it, and the registry
 * knows of no grave hole in any of them. Where the registry cannot be asked, it says so and passes:
 * the check has to work offline.
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';

/** Entries of the lock file, by folder; '' is the project itself. */
type Packages = Record<string, { integrity?: string; link?: boolean; inBundle?: boolean }>;

/** `npm audit --json`: a report, or the reason why there is none. */
interface Audit {
  vulnerabilities?: Record<string, { severity: string; range: string }>;
  message?: string;
}

const GRAVE = new Set(['high', 'critical']);
// One quick try: this runs before each commit.
const ASK = [
  'audit',
  '--json',
  '--package-lock-only',
  '--fetch-retries=0',
  '--fetch-timeout=10000',
];

async function withoutIntegrity(): Promise<string[]> {
  const { packages } = JSON.parse(await readFile('package-lock.json', 'utf8')) as {
    packages: Packages;
  };
  return Object.entries(packages)
    .filter(([folder, one]) => folder !== '' && !one.link && !one.inBundle && !one.integrity)
    .map(([folder]) => `package-lock.json: ${folder} has no integrity`);
}

async function knownHoles(): Promise<string[]> {
  const { vulnerabilities, message } = await askRegistry();
  if (!vulnerabilities) {
    console.log(`not audited, the registry cannot be asked: ${message ?? 'no answer'}`);
    return [];
  }
  return Object.entries(vulnerabilities)
    .filter(([, { severity }]) => GRAVE.has(severity))
    .map(([name, { severity, range }]) => `${name} ${range}: ${severity} (see npm audit)`);
}

function askRegistry(): Promise<Audit> {
  return new Promise((resolve) => {
    // A report that found something ends with a code, too: what was printed decides.
    execFile('npm', ASK, { maxBuffer: 64 * 1024 * 1024 }, (_error, stdout) => {
      try {
        resolve(JSON.parse(stdout) as Audit);
      } catch {
        resolve({});
      }
    });
  });
}

async function main(): Promise<void> {
  const problems = [...(await withoutIntegrity()), ...(await knownHoles())];
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length > 0 ? 1 : 0;
}

void main();
