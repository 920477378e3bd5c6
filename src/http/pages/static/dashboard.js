// Makes the dialog that a page comes with modal: the keyboard stays inside, and Escape means its
// link "Cancel". Without this script the dialog still covers the page.
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
