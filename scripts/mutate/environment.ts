import DatabasesEnvironment from '../../test/databases';
import dropReused from '../../test/drop-reused';

// Each of Stryker's processes has databases of its own. What a killed one left is dropped before its
// successor's first file, which would otherwise find a stranger's documents.
const { MUTATE_DATABASES = '', STRYKER_MUTATOR_WORKER = '0' } = process.env;
process.env.TEST_DATABASES = `${MUTATE_DATABASES}p${STRYKER_MUTATOR_WORKER}x`;
const cleared = dropReused();

/** What is used of jest-circus' events and state. */
interface Entry {
  mode?: string | null;
  /** Of a describe block; a test has none. */
  children?: Entry[];
}

/** The break that a test has noticed last. */
let noticed: string | undefined;

/** The suite's environment, which skips what is left of all files once a test has noticed the break. */
export default class MutateEnvironment extends DatabasesEnvironment {
  // Not set in the first run, in which every failure is to be seen.
  private readonly broken = process.env.__STRYKER_ACTIVE_MUTANT__;

  override async setup(): Promise<void> {
    await cleared;
    await super.setup();
  }

  override async handleTestEvent(
    event: { name: string; test?: Entry },
    state?: { rootDescribeBlock: Entry },
  ): Promise<void> {
    if (event.name === 'test_fn_failure' || event.name === 'hook_failure') noticed = this.broken;
    if (this.broken !== undefined && noticed === this.broken) {
      if (event.name === 'run_start' && state) skip(state.rootDescribeBlock);
      if (event.name === 'test_start' && event.test) skip(event.test);
    }
    await super.handleTestEvent(event);
  }
}

/** With all tests of a describe block, its hooks are skipped, too. */
function skip(entry: Entry): void {
  if (entry.children) entry.children.forEach(skip);
  else entry.mode = 'skip';
}
