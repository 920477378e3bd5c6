import { ModernFakeTimers } from '@jest/fake-timers';
import { TestEnvironment } from 'jest-environment-node';
import { ModuleMocker } from 'jest-mock';
import mongoose from 'mongoose';

/**
 * Runs each file in the worker's own realm, as its packages are (`packages-once.mjs`): in a realm for
 * each file, as jest makes them, no error or date of a package is one of the file's. What a file puts
 * on the global object and changes of it is undone afterwards.
 */
export class OneRealmEnvironment extends TestEnvironment {
  private readonly before = Object.getOwnPropertyDescriptors(globalThis);
  private readonly env = process.env;
  private readonly exit = Object.getOwnPropertyDescriptor(process, 'exit')!;

  constructor(...args: ConstructorParameters<typeof TestEnvironment>) {
    super(...args);
    const [{ projectConfig: config }] = args;
    this.global = globalThis as unknown as typeof this.global;
    this.moduleMocker = new ModuleMocker(globalThis);
    this.fakeTimersModern = new ModernFakeTimers({ config, global: globalThis });
    process.env = { ...process.env };
  }

  override async teardown(): Promise<void> {
    await super.teardown();
    // All but mongoose's own, which it makes when it is loaded: it forgets none that is closed.
    mongoose.connections.splice(1);
    process.env = this.env;
    Object.defineProperty(process, 'exit', this.exit);
    const kept = new Set(Reflect.ownKeys(this.before));
    for (const key of Reflect.ownKeys(globalThis)) {
      if (!kept.has(key)) Reflect.deleteProperty(globalThis, key);
    }
    Object.defineProperties(globalThis, this.before);
  }
}
