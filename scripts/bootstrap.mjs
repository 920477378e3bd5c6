// Usage: node scripts/bootstrap.mjs <name> [args…]
// Installs the dependencies when they are missing or outdated, then runs scripts/<name>.ts.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const stamp = path.join(root, 'node_modules', '.installed-from');
const lock = path.join(root, '.data', 'installing');
const LOCK_STALE_MS = 15 * 60_000;
const LOCK_POLL_MS = 500;

/** The text of a file, or null when it is not there. */
function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}

function isInstalled() {
  const lockfile = readFileSync(path.join(root, 'package-lock.json'), 'utf8');
  return readIfThere(stamp) === lockfile;
}

/** Holds the folder that makes two first runs install one after the other. */
function acquireLock() {
  mkdirSync(path.dirname(lock), { recursive: true });
  for (;;) {
    try {
      mkdirSync(lock);
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > LOCK_STALE_MS) rmSync(lock, { recursive: true, force: true });
    // A synchronous pause: nothing else is to be done meanwhile.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_POLL_MS);
  }
}

function install() {
  acquireLock();
  try {
    if (isInstalled()) return;
    console.log('Installing dependencies (npm ci)…');
    // The local MongoDB is found at start; a download at install time would only delay it.
    const env = { ...process.env, MONGOMS_DISABLE_POSTINSTALL: '1' };
    // Output goes to stderr, so that stdout stays the script's own.
    const done = spawnSync('npm', ['ci', '--include=dev'], {
      cwd: root,
      env,
      stdio: ['ignore', 2, 2],
    });
    if (done.error) throw done.error;
    if (done.status !== 0) process.exit(done.status ?? 1);
    writeFileSync(stamp, readFileSync(path.join(root, 'package-lock.json')));
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

const [name, ...args] = process.argv.slice(2);
if (!name || !/^[a-z-]+$/.test(name)) {
  console.error('Usage: node scripts/bootstrap.mjs <name> [args…]');
  process.exit(2);
}
if (!isInstalled()) install();

const script = path.join('scripts', `${name}.ts`);
const child = spawn(process.execPath, ['--import', 'tsx', script, ...args], {
  cwd: root,
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => {
  // The shell's convention for a process that a signal ended.
  process.exit(signal === null ? code : 128 + (signal === 'SIGTERM' ? 15 : 9));
});
