import tseslint from 'typescript-eslint';

const GROUPING_SPREAD = {
  selector: 'ObjectExpression > SpreadElement > ObjectExpression',
  message: 'Write the properties out: around a spread nothing finds a misspelt or surplus one.',
};

const CONTEXT_BY_POSITION = {
  selector:
    'ExportNamedDeclaration > FunctionDeclaration > .params > TSTypeAnnotation > TSTypeReference[typeName.name="Context"]',
  message: 'A verb takes one object: verb({ ctx, … }).',
};

const STORE_FROM_HTTP = [
  'MemberExpression[property.name="store"]',
  'ObjectPattern > Property[key.name="store"]',
].map((selector) => ({
  selector,
  message: 'Only the core reads stores: call a verb, which gives a view without secrets.',
}));

const OWN_CLOCK = [
  'NewExpression[callee.name="Date"][arguments.length=0]',
  'MemberExpression[object.name="Date"][property.name="now"]',
].map((selector) => ({
  selector,
  message:
    'Clocks of machines differ: stamp and compare by ctx.now(), measure by performance.now().',
}));

const SNAKE = /^[a-z]+(_[a-z0-9]+)+$/;
const CAMEL = /^[a-z]+([A-Z][a-z0-9]*)+$/;

/** What goes over the wire or into the store is snake_case, everything else is camelCase. */
const oneCase = {
  create: (context) => {
    const check = (node, members) => {
      const names = members.flatMap(({ key }) => (key?.type === 'Identifier' ? [key.name] : []));
      if (!names.some((name) => SNAKE.test(name)) || !names.some((name) => CAMEL.test(name)))
        return;
      context.report({ node, message: 'Do not mix snake_case and camelCase in one object.' });
    };
    return {
      ObjectExpression: (node) => check(node, node.properties),
      TSInterfaceBody: (node) => check(node, node.body),
      TSTypeLiteral: (node) => check(node, node.members),
    };
  },
};

export default tseslint.config(
  { ignores: ['node_modules/', '.data/', '.cache/', 'coverage/'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      'max-lines': ['error', { max: 280, skipBlankLines: true, skipComments: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      'no-restricted-syntax': ['error', GROUPING_SPREAD],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
    },
  },
  {
    // One reader of the environment: everything else gets its settings handed in.
    files: ['src/**/*.ts', 'workers/**/*.ts'],
    ignores: ['src/server.ts', 'workers/main.ts'],
    rules: { 'no-restricted-properties': ['error', { object: 'process', property: 'env' }] },
  },
  {
    files: ['src/**/*.ts', 'workers/**/*.ts'],
    plugins: { house: { rules: { 'one-case': oneCase } } },
    rules: {
      'house/one-case': 'error',
      'no-restricted-syntax': ['error', GROUPING_SPREAD, ...OWN_CLOCK],
    },
  },
  {
    files: ['src/core/**/*.ts'],
    rules: {
      'no-restricted-syntax': ['error', GROUPING_SPREAD, CONTEXT_BY_POSITION, ...OWN_CLOCK],
    },
  },
  {
    files: ['src/http/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', GROUPING_SPREAD, ...STORE_FROM_HTTP, ...OWN_CLOCK] },
  },
  {
    // Mongoose takes plain objects where its types name classes.
    files: ['src/store/*.ts'],
    rules: { '@typescript-eslint/no-unsafe-class-instance-assignment': 'off' },
  },
  {
    // Tests read answers as the contract describes them, without a type for each.
    files: ['test/**/*.ts'],
    rules: {
      'no-restricted-globals': ['error', { name: 'it', message: 'Tests are called test().' }],
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
);
