/** The English texts around what a page shows once. */
export const shownOnceTexts = {
  note: 'It is on this page for 10 minutes, reload or not. After that nobody can see it again.',
  copied: 'I have copied it',
  seen: 'OK',
};
