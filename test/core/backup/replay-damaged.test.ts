import { createHash } from 'node:crypto';
import { revokeCertificate } from '../../../src/core/revocations/revoke-certificate';
import { makeCertificate, makeCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { restore } from './dump';
import { by, exported, makeReplayScene, replay, type ReplayScene, revokeAll } from './replay-scene';

let service: Service;
let scene: ReplayScene;
/** The lines of a good export. */
let lines: string[];

beforeAll(async () => {
  service = await startService();
  scene = await makeReplayScene(service);
  await revokeAll(scene);
  lines = (await exported(scene)).trimEnd().split('\n');
  await restore(scene.ctx, scene.backup);
});
afterAll(() => service.close());
afterEach(async () => {
  // Nothing was replayed.
  expect((await scene.check(scene.old[0]!)).status).toBe(200);
  expect((await scene.check(scene.young[0]!)).status).toBe(404);
});

const text = (changed: string[]) => `${changed.join('\n')}\n`;
/** With a trailer whose checksum matches. */
const sealed = (changed: string[]) => {
  const body = text(changed.slice(0, -1));
  const trailer = JSON.parse(changed.at(-1)!) as object;
  const sha256 = createHash('sha256').update(body).digest('hex');
  return `${body}${JSON.stringify({ ...trailer, sha256 })}\n`;
};
const change = (index: number, from: string | RegExp, to: string) =>
  lines.map((line, i) => (i === index ? line.replace(from, to) : line));

test.each<[string, () => string, RegExp]>([
  ['no lines', () => '', /^line 1: there is no header/],
  ['no trailer', () => text(lines.slice(0, -1)), /^the file is truncated/],
  ['half a last line', () => text(lines).slice(0, -40), /^line \d+: it is (cut off|not JSON)/],
  ['a line missing', () => text(lines.toSpliced(2, 1)), /^line 8: the checksum does not fit/],
  [
    'a line missing, but a matching checksum',
    () => sealed(lines.toSpliced(2, 1)),
    /^line 8: the counts do not fit/,
  ],
  [
    'a changed reason',
    () => text(change(1, /"method":"\w+"/, '"method":"dashboard"')),
    /the checksum does not fit/,
  ],
  ['more after the end', () => text([...lines, '{}']), /^line 10: there is more after the end/],
  ['another format', () => text(change(0, 'rescind-', 'other-')), /^line 1: format is wrong/],
  ['a later version', () => text(change(0, ':2,', ':3,')), /^line 1: version is wrong/],
  ['a line that is not JSON', () => text(lines.with(3, '{"a')), /^line 4: it is not JSON/],
  [
    'a wrong time',
    () => text(change(3, /"requested_at":"[^"]+"/, '"requested_at":"soon"')),
    /^line 4: requested_at is wrong/,
  ],
])('refuses an export with %s', async (_, make, message) => {
  await expect(replay(scene.ctx, make())).rejects.toThrow(message);
});

test('refuses a request that belongs to another company in this database', async () => {
  const other = await makeCompany(scene.ctx);
  const { id } = await makeCertificate(scene.ctx, other);
  const theirs = await revokeCertificate({ ...by(scene), companyId: other.id, certificateId: id });
  const changed = change(
    2,
    /"revocation_id":"[^"]+"/,
    `"revocation_id":"${String(theirs.revocation_id)}"`,
  );
  await expect(replay(scene.ctx, sealed(changed))).rejects.toThrow('line 3: another company');
});
