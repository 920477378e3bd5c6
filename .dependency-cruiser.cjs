const CORE = '^src/core/';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'A cycle has no place to start reading.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-folder-cycles',
      comment: 'Floors are no floors where two folders stand on each other, types included.',
      severity: 'error',
      scope: 'folder',
      from: {},
      to: { circular: true },
    },
    {
      name: 'lib-imports-nothing-of-ours',
      comment: 'What knows nothing of consent can be read, tested and replaced by itself.',
      severity: 'error',
      from: { path: '^src/lib/' },
      to: { path: '^src/(?!lib/)' },
    },
    {
      name: 'src-never-imports-workers',
      comment: 'The API must run, and be understood, without the workers.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(workers|scripts|test)/' },
    },
    {
      name: 'core-is-below-http',
      comment: 'A rule that lives in a router has to be written again for the next dialect.',
      severity: 'error',
      from: { path: CORE },
      to: { path: '^src/http/' },
    },
    {
      name: 'store-and-queue-are-below-the-core',
      comment:
        'Stores and queues know nothing of the rules, so that these can be read in one place.',
      severity: 'error',
      from: { path: '^src/(store|queue|jobs|telemetry)/' },
      to: { path: ['^src/http/', CORE] },
    },
    {
      name: 'http-reaches-store-and-queue-through-the-core',
      comment:
        'A query in a router or a page is a rule that the next dialect does not have. ' +
        'request-errors.ts alone asks the store whether an error means that MongoDB is away: a 503.',
      severity: 'error',
      from: { path: '^src/http/', pathNot: '^src/http/request-errors\\.ts$' },
      to: { path: '^src/(store|queue)/' },
    },
    {
      name: 'workers-reach-the-store-through-the-core',
      comment:
        'As for http. run-job.ts asks whether an error means that MongoDB is away, and so does ' +
        'reconciler/, which works on the outbox itself: what is recorded and was never enqueued.',
      severity: 'error',
      from: { path: '^workers/', pathNot: '^workers/(reconciler/|run-job\\.ts$)' },
      to: { path: '^src/store/' },
    },
    {
      name: 'handlers-know-no-queue',
      comment:
        'A handler gets a payload and returns an outcome. The receiving side of a queue is in ' +
        'consumers.ts and run-job.ts; reconciler/ puts back what Redis has lost.',
      severity: 'error',
      from: { path: '^workers/', pathNot: '^workers/(reconciler/|(consumers|run-job)\\.ts$)' },
      to: { path: '^src/queue/' },
    },
    {
      name: 'only-the-store-imports-mongoose',
      comment: 'Every query has a name and one place.',
      severity: 'error',
      from: { path: '^(src|workers)/', pathNot: '^src/store/' },
      to: { path: 'node_modules/(mongoose|mongodb)/' },
    },
    {
      name: 'only-the-queue-imports-bullmq',
      comment: 'Retry policies, connections and what is kept of a job are decided in one place.',
      severity: 'error',
      from: { path: '^(src|workers)/', pathNot: '^src/queue/' },
      to: { path: 'node_modules/bullmq/' },
    },
    {
      name: 'workers-do-not-serve',
      comment: 'A worker that needs a router needs a verb of the core instead.',
      severity: 'error',
      from: { path: '^workers/' },
      to: { path: '^src/http/' },
    },
    {
      name: 'production-code-uses-production-dependencies',
      comment: 'What is only installed for development is missing on the machines that matter.',
      severity: 'error',
      from: { path: '^(src|workers)/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    cache: { folder: '.cache/depcruise', strategy: 'content' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'] },
  },
};
