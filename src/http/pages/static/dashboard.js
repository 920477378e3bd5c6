// Makes a dialog that the page was sent with a modal one: the keyboard stays inside, and Escape
// is its link "Cancel". Without this script the dialog covers the page all the same.
(() => {
  for (const dialog of document.querySelectorAll('dialog[data-modal][open]')) {
    dialog.close();
    dialog.showModal();
    dialog.addEventListener('cancel', (event) => {
      event.preventDefault();
      dialog.querySelector('[data-close]')?.click();
    });
  }
})();
