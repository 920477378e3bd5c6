// What pages gain from a script; each of them works without it.
(() => {
  const root = document.documentElement;
  root.classList.add('js');

  // The server writes times of the dashboard in this zone, unless the person has chosen another.
  if (document.querySelector('.shell')) {
    const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
    document.cookie = `rescind_zone=${encodeURIComponent(timeZone)}; path=/; max-age=31536000; samesite=lax`;
  }

  const prepare = () => {
    // Consumers get no cookie: their times become local here.
    for (const time of document.querySelectorAll('time[data-local]')) {
      const options = { dateStyle: 'long', timeStyle: 'short' };
      time.textContent = new Date(time.dateTime).toLocaleString(root.lang, options);
    }
    // The keyboard stays inside a dialog, and Escape means its link "Cancel".
    for (const dialog of document.querySelectorAll('dialog[data-modal][open]:not(:modal)')) {
      dialog.close();
      dialog.showModal();
      dialog.addEventListener('cancel', (event) => {
        event.preventDefault();
        dialog.querySelector('[data-close]')?.click();
      });
    }
  };
  prepare();

  // A list with checkboxes: how many are ticked, and all of the page at once.
  const countTicked = (form) => {
    const rows = [...form.querySelectorAll('[name="id"]')];
    const ticked = rows.filter(({ checked }) => checked).length;
    const all = form.querySelector('[name="all"]')?.checked;
    const said = form.querySelector('[data-selected]');
    if (!said) return;
    for (const page of form.querySelectorAll('[data-select-page]')) {
      page.checked = rows.length > 0 && ticked === rows.length;
      page.indeterminate = ticked > 0 && ticked < rows.length;
    }
    said.textContent = all
      ? form.dataset.allSelected
      : said.dataset.selected.replace('0', ticked.toLocaleString(root.lang));
  };
  document.addEventListener('change', ({ target }) => {
    const form = target.closest?.('form[data-select]');
    if (!form) return;
    if (target.matches('[data-select-page]'))
      for (const row of form.querySelectorAll('[name="id"]')) row.checked = target.checked;
    countTicked(form);
  });
  // Also for what the browser ticks again when somebody goes back.
  window.addEventListener('pageshow', () => {
    for (const form of document.querySelectorAll('form[data-select]')) countTicked(form);
  });

  document.addEventListener('click', async ({ target }) => {
    const copy = target.closest?.('[data-copy]');
    if (copy) {
      await navigator.clipboard.writeText(copy.dataset.copy);
      say(copy.dataset.copied);
    }
    if (target.closest?.('[data-print]')) window.print();
  });

  const say = (text) => {
    const status = document.getElementById('live');
    if (status) status.textContent = text ?? '';
  };
  const sayNamed = (key) => say(document.getElementById('live')?.dataset[key]);

  // A bar along the top, once something takes more than 300 ms.
  const busy = (is) => root.classList.toggle('busy', is);
  document.addEventListener('submit', (event) => {
    const form = event.target;
    // The second click of a double one: the server would do the same once, but answer only this.
    if (form.method === 'post' && !form.hasAttribute('hx-post')) {
      if (form.dataset.sent) return event.preventDefault();
      form.dataset.sent = 'yes';
      setTimeout(() => delete form.dataset.sent, 1000);
    }
    busy(true);
  });
  document.addEventListener('click', ({ target, ctrlKey, metaKey, shiftKey }) => {
    const link = target.closest?.('a[href]:not([download], [target])');
    if (link && !ctrlKey && !metaKey && !shiftKey && link.pathname !== location.pathname)
      busy(true);
  });
  window.addEventListener('pageshow', () => busy(false));

  // Announces that a request is under way, and that it failed; polling is not announced. Focus needs
  // nothing here: htmx, like a full load, moves it to the element with `autofocus`.
  const isQuiet = (target) => target.closest?.('[data-quiet]');
  document.addEventListener('htmx:before:request', ({ target }) => {
    if (isQuiet(target)) return;
    sayNamed('working');
    busy(true);
  });
  document.addEventListener('htmx:after:swap', () => {
    say('');
    busy(false);
    prepare();
  });
  document.addEventListener('htmx:error', () => {
    sayNamed('failed');
    busy(false);
  });
})();
