// What pages add to htmx: saying aloud that something is under way, and that it failed.
// Focus needs nothing here: htmx, like a full load, moves it to the element with `autofocus`.
(() => {
  const say = (key) => {
    const status = document.getElementById('status');
    if (status) status.textContent = key ? status.dataset[key] : '';
  };
  document.addEventListener('htmx:before:request', () => say('working'));
  document.addEventListener('htmx:after:swap', () => say(null));
  document.addEventListener('htmx:error', () => say('failed'));
})();
