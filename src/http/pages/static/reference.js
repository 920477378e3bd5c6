/* global SwaggerUIBundle */
// The developers' page: "Try it" in the quickstart, and the reference.
(() => {
  const shown = async (response) => {
    const text = await response.text();
    try {
      return `${response.status}\n${JSON.stringify(JSON.parse(text), null, 2)}`;
    } catch {
      return `${response.status}\n${text}`;
    }
  };

  document.addEventListener('click', async ({ target }) => {
    const button = target.closest?.('[data-try]');
    if (!button) return;
    const output = document.getElementById(button.getAttribute('aria-controls'));
    button.disabled = true;
    output.textContent = '';
    const headers = { 'content-type': 'application/json' };
    const { try: path, body, early } = button.dataset;
    try {
      const response = await fetch(path, { method: 'POST', headers, body });
      const hint = early && response.ok ? `${early}\n\n` : '';
      output.textContent = hint + (await shown(response));
    } catch {
      output.textContent = document.getElementById('live').dataset.failed;
    }
    button.disabled = false;
  });

  /** The reference alone: the page around it has a title, and tells credentials by dialect. */
  const layout = ({ React }) => {
    const h = React.createElement;
    return ({ getComponent, authSelectors }) =>
      h(
        'div',
        { className: 'swagger-ui' },
        h(getComponent('SvgAssets')),
        h(getComponent('errors', true)),
        authSelectors.shownDefinitions() ? h(getComponent('authorizationPopup', true)) : null,
        h(getComponent('operations', true)),
        h(getComponent('Models', true)),
      );
  };

  /** Before each dialect's calls a button that asks for its credential, and for no other. */
  const withCredential = (word) => (Tag, system) => {
    const h = system.React.createElement;
    return (props) => {
      const needs = props.tagObj
        .get('operations')
        .map((one) => one.getIn(['operation', 'security']))
        .find((one) => one && one.size === 1);
      const ask = () => {
        const { authSelectors, authActions } = system.getSystem();
        const schemes = authSelectors.definitionsForRequirements(needs);
        // One form, also where a credential has two halves.
        const together = schemes.reduce((all, one) => all.merge(one));
        authActions.showDefinitions(schemes.clear().push(together));
      };
      const name = `${word} ${props.tag}`;
      const button = {
        type: 'button',
        className: 'btn authorize',
        'aria-label': name,
        onClick: ask,
      };
      return h(
        'div',
        { className: 'tag' },
        needs ? h('button', button, word) : null,
        h(Tag, props),
      );
    };
  };

  window.addEventListener('DOMContentLoaded', async () => {
    const root = document.getElementById('swagger-ui');
    if (!root) return;
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
    dark.addEventListener('change', follow);
    follow();
    const spec = await (await fetch('/openapi.json')).json();
    window.ui = SwaggerUIBundle({
      // The page's policy allows calls to where it came from.
      spec: { ...spec, servers: [{ url: location.origin }] },
      domNode: root,
      deepLinking: true,
      defaultModelsExpandDepth: 0,
      validatorUrl: null,
      layout: 'Reference',
      plugins: [
        (system) => ({
          components: { Reference: layout(system) },
          wrapComponents: { OperationTag: withCredential(root.dataset.authorize) },
        }),
      ],
    });
  });
})();
