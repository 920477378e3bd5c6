// Usage: node scripts/bootstrap.mjs <name> [args…]
// Installs the dependencies when they are missing or outdated, then runs scripts/<name>.ts.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const lock = path.join(root, '.data', 'installing.pid');
const LOCK_POLL_MS = 500;
const PARENT_POLL_MS = 500;

/** The text of a file of the project, or null when it is not there. */
function readIfThere(...segments) {
  try {
    return readFileSync(path.join(root, ...segments), 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}

/** Whether node_modules holds what package-lock.json asks for, going by npm's own record of it. */
function isInstalled() {
  const record = readIfThere('node_modules', '.package-lock.json');
  if (record === null) return false;
  const installed = JSON.parse(record).packages;
  const wanted = JSON.parse(readIfThere('package-lock.json')).packages;
  return Object.entries(wanted).every(([folder, { version, optional }]) => {
    if (folder === '') return true;
    // Optional packages may be for other platforms.
    return installed[folder] ? installed[folder].version === version : optional === true;
  });
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    if (error.code === 'ESRCH') return false;
    throw error;
  }
}

/** Makes two first runs install one after the other; a lock whose owner has died is broken. */
function acquireLock() {
  mkdirSync(path.dirname(lock), { recursive: true, mode: 0o700 });
  for (;;) {
    try {
      return writeFileSync(lock, String(process.pid), { flag: 'wx' });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const owner = Number(readIfThere('.data', 'installing.pid'));
    if (owner > 0 && !isAlive(owner)) rmSync(lock, { force: true });
    // A synchronous pause: nothing else is to be done meanwhile.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_POLL_MS);
  }
}

/** Runs npm; its output goes to stderr, so that stdout stays the script's own. */
function npm(...args) {
  // The local MongoDB is found at start; a download at install time would only delay it.
  const env = { ...process.env, MONGOMS_DISABLE_POSTINSTALL: '1' };
  const done = spawnSync('npm', args, { cwd: root, env, stdio: ['ignore', 2, 2] });
  if (done.error) throw done.error;
  return done.status ?? 1;
}

/** Installs what package-lock.json asks for; gives back npm's exit code. */
function install() {
  acquireLock();
  try {
    if (isInstalled()) return 0;
    console.error('Installing dependencies (npm ci)…');
    // Never `npm install`, which takes what the lock file does not name.
    return npm('ci', '--include=dev');
  } finally {
    rmSync(lock, { force: true });
  }
}

/** Ends the script when npm has gone without passing a signal on, as it does after a SIGKILL. */
function stopWhenOrphaned() {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    child.kill('SIGTERM');
  }, PARENT_POLL_MS);
}

const [name, ...args] = process.argv.slice(2);
if (!name || !/^[a-z-]+$/.test(name)) {
  console.error('Usage: node scripts/bootstrap.mjs <name> [args…]');
  process.exit(2);
}
if (!isInstalled()) {
  const code = install();
  if (code !== 0) process.exit(code);
}

const script = path.join('scripts', `${name}.ts`);
const child = spawn(process.execPath, ['--import', 'tsx', script, ...args], {
  cwd: root,
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
if (process.env.npm_lifecycle_event) stopWhenOrphaned();
child.on('exit', (code, signal) => {
  // The shell's convention for a process that a signal ended.
  process.exit(signal === null ? code : 128 + constants.signals[signal]);
});
