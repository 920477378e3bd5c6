import { type Frame, Framer, MAX_RECORD_CHARACTERS } from '../../../../src/core/batches/csv/framer';

/** The records of a text that arrives in two pieces. */
function framesOf(text: string, cutAt: number): Frame[] {
  const framer = new Framer(',', { offset: 0, line: 1 }, (piece) => piece.length);
  const frames: Frame[] = [];
  const take = () => {
    for (let frame = framer.next(); frame; frame = framer.next()) frames.push(frame);
  };
  framer.push(text.slice(0, cutAt));
  take();
  framer.push(text.slice(cutAt));
  framer.finish();
  take();
  return frames;
}

const longest = 'x'.repeat(MAX_RECORD_CHARACTERS);

test.each(['\n', '\r', '\r\n'])(
  'the longest record is one, wherever it is cut, with %j after it',
  (lineBreak) => {
    const text = `${longest}${lineBreak}next`;
    const first = { text: longest, problem: null, line: 1 };
    const next = { text: 'next', problem: null, line: 2 };
    for (let cut = MAX_RECORD_CHARACTERS - 1; cut <= text.length; cut++) {
      expect(framesOf(text, cut)).toMatchObject([first, next]);
    }
  },
);

test.each(['\n', '\r', '\r\n'])(
  'one character more is too long, wherever it is cut, with %j after it',
  (lineBreak) => {
    const text = `${longest}x${lineBreak}next`;
    const first = { text: '', problem: 'line_too_long', line: 1 };
    for (let cut = MAX_RECORD_CHARACTERS - 1; cut <= text.length; cut++) {
      const [tooLong, next] = framesOf(text, cut);
      expect(tooLong).toMatchObject(first);
      expect(tooLong!.end).toEqual({
        offset: MAX_RECORD_CHARACTERS + 1 + lineBreak.length,
        line: 2,
      });
      expect(next).toMatchObject({ text: 'next', problem: null, line: 2 });
    }
  },
);

test('no more is held than the longest record and what came last', () => {
  const framer = new Framer(',', { offset: 0, line: 1 }, (piece) => piece.length);
  for (let i = 0; i < 20; i++) {
    framer.push(`${'y'.repeat(10_000)}\n`);
    while (framer.next());
    expect(framer.heldCharacters).toBeLessThanOrEqual(MAX_RECORD_CHARACTERS + 2 + 10_001);
  }
});
