// What pages add to htmx: announcing that a request is under way, and that it failed.
// Focus needs nothing here: htmx, like a full load, moves it to the element with `autofocus`.
(() => {
  const say = (key) => {
    const status = document.getElementById('status');
    if (status) status.textContent = key ? status.dataset[key] : '';
  };
  // Polling is not announced.
  document.addEventListener('htmx:before:request', ({ target }) => {
    if (!target.closest?.('[data-quiet]')) say('working');
  });
  document.addEventListener('htmx:after:swap', () => say(null));
  document.addEventListener('htmx:error', () => say('failed'));
})();
