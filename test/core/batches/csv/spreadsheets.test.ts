import { readFile, summarize } from './read-file';

test('spaces around quotes belong to nothing', async () => {
  const rows = await readFile(
    'id, "email"\n1, "ann@example.com"\n2,"b@x.io" \n3,  "c ""c""@x.io"  \n4, "d@x.io',
  );
  expect(summarize(rows)).toEqual([
    ...['email:ann@example.com', 'email:b@x.io', 'email:c "c"@x.io', 'unclosed_quote'],
  ]);
  const tabs = await readFile('email;note;mobile\n\t"a@x.io"\t; "x;y" ;"1"\n');
  expect(summarize(tabs)).toEqual(['email:a@x.io mobile:1']);
  expect(summarize(await readFile('email\tmobile\n"a@x.io"\t"1"\n\t"2"\n'))).toEqual([
    ...['email:a@x.io mobile:1', 'mobile:2'],
  ]);
});

test.each([
  ['followed by text', '"Ann,a@x.io,\nBob"by,b@x.io,1\nEve,e@x.io,2\n'],
  ['too few columns', '"Ann,a@x.io,1\nBob",b@x.io\nEve,e@x.io,2\n'],
  ['too many columns', '"Ann,a@x.io,1\nBob",b@x.io,1,2,3\nEve,e@x.io,2\n'],
])('a field over several lines is not believed: %s', async (_why, text) => {
  const rows = await readFile(`name,email,mobile\n${text}`);
  expect(rows.map(({ line }) => line)).toEqual([2, 3, 4]);
  expect(summarize(rows)[0]).toBe('unclosed_quote');
  expect(summarize(rows)[1]).toMatch(/^email:b@x.io/);
  expect(summarize(rows)[2]).toBe('email:e@x.io mobile:2');
});

test('a field over several lines is believed where all is right', async () => {
  const rows = await readFile(
    'name,email,mobile\n"Ann\nB. ""C"" ,\n\nD" ,a@x.io,1\nx,b@x.io,"1\n"\n"\n\n",c@x.io,"y"z\n',
  );
  expect(summarize(rows)).toEqual([
    ...['email:a@x.io mobile:1', 'email:b@x.io mobile:1', 'email:c@x.io mobile:yz'],
  ]);
  expect(rows.map(({ line }) => line)).toEqual([2, 6, 8]);
});

test('a Ctrl-Z that ends the file is not a part of it', async () => {
  for (const end of ['\u001a', '\n\u001a', '\r\n\u001a\r\n', '"\u001a']) {
    const quote = end.startsWith('"') ? '"' : '';
    const rows = await readFile(`email\na@x.io\n${quote}b@x.io${end}`);
    expect(summarize(rows)).toEqual(['email:a@x.io', 'email:b@x.io']);
  }
});

test('a status column that says active is noticed, whatever its spelling', async () => {
  const cells = ['active', ' Opted-In ', '"YES"', 'unsubscribed', 'inactive', 'no', ''];
  const rows = await readFile(
    `email,Subscription Status\n${cells.map((cell) => `a@x.io,${cell}`).join('\n')}\n`,
  );
  expect(rows.map(({ isActive }) => isActive)).toEqual([
    ...[true, true, true, false, false, false, false],
  ]);
  // A state of the USA, and a kind of phone.
  const other = await readFile('email,State,Phone Type\na@x.io,IN,active\n');
  expect(other[0]?.isActive).toBe(false);
});
