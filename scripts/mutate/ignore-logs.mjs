/** Whether an expression is `log.warn`, `ctx.log.warn` or the like. */
function isLog({ type, object }) {
  if (type !== 'MemberExpression') return false;
  return (object.property ?? object).name === 'log';
}

const logs = {
  shouldIgnore: ({ node }) =>
    node.type === 'CallExpression' && isLog(node.callee) ? 'a line of the log' : undefined,
};

/** Lines of the log are for people, and change nothing for any caller. */
export const strykerPlugins = [{ kind: 'Ignore', name: 'logs', value: logs }];
