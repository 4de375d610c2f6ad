/**
 * Who may import whom. The places run on different machines (synth, Lambda, the laptop, the terminal), so these are the
 * boundaries that can be checked.
 * @type {import('dependency-cruiser').IConfiguration}
 */
export default {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'types may know each other; code that runs may not',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'config-stands-alone',
      comment: 'config/ is read by every place, so it reads none',
      severity: 'error',
      from: { path: '^config' },
      to: { path: '^(infra|functions|local|cli|simulation|examples|test|bench)' },
    },
    {
      name: 'domain-is-pure',
      comment: 'decisions take time, chance and AWS as data: pass them in through a port',
      severity: 'error',
      from: { path: '^functions/domain' },
      to: {
        pathNot:
          '^(functions/domain|config/(names|duration|canonical|manifests/(fields|images|kinds|references|selectors))\\.ts$|node_modules/(zod|@noble/hashes|ms)/)',
      },
    },
    {
      name: 'ports-know-only-the-domain',
      severity: 'error',
      from: { path: '^functions/ports' },
      to: { pathNot: '^(functions/(domain|ports)|node_modules/zod/)' },
    },
    {
      name: 'a-handler-imports-no-handler',
      comment: 'what two handlers share is domain or an adapter',
      severity: 'error',
      from: { path: '^functions/(release|rollout|rollback|gate|failover)/' },
      to: { path: '^functions/(release|rollout|rollback|gate|failover)/' },
    },
    {
      name: 'functions-know-no-laptop',
      comment: 'handlers do not know where they run',
      severity: 'error',
      from: { path: '^functions' },
      to: { path: '^(local|infra|cli|simulation|examples|test|bench)' },
    },
    {
      name: 'infra-knows-functions-by-path-only',
      severity: 'error',
      from: { path: '^infra' },
      to: { path: '^(functions|local|cli|simulation|examples|test|bench)' },
    },
    {
      name: 'local-knows-aws-not-slipway',
      severity: 'error',
      from: { path: '^local' },
      to: { path: '^(config|infra|functions|cli|simulation|examples|test|bench)' },
    },
    {
      name: 'cli-knows-no-handlers',
      comment: 'templates come from cdk.out; what is decided is decided in functions/domain',
      severity: 'error',
      from: { path: '^cli' },
      to: { path: '^(infra|functions/(?!domain)|test|bench)' },
    },
    {
      name: 'nothing-imports-tests',
      severity: 'error',
      from: { pathNot: '^test' },
      to: { path: '^test' },
    },
    {
      name: 'functions-use-no-dev-dependency',
      severity: 'error',
      from: { path: '^functions/(?!build)' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      extensions: ['.ts', '.mjs', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
