import { closeCollections } from '../../scripts/services/collections';

export { collections, database } from '../../scripts/services/collections';

// The environment closes them after the last hook of the file; see `databases.ts`.
(globalThis as { testClosers?: (() => Promise<void>)[] }).testClosers?.push(closeCollections);
