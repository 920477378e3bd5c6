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
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'] },
  },
};
