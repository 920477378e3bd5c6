import { EMPTY_ROOT } from '../../../src/lib/tlog/merkle';
import { type AttackedLog, recordAt } from './attacked-log';

/** What somebody with the database might do to the log, and how it is named. */
export const ATTACKS: [string, (log: AttackedLog) => Promise<unknown>, RegExp][] = [
  [
    'a record edited',
    async (log) =>
      log.setText(300, (await log.textAt(300)).replace('company.updated', 'company.created')),
    /record 300 \(company.created, .+\) was edited$/,
  ],
  ['a record made garbage', (log) => log.setText(299, '{'), /record 299 was edited$/],
  [
    'a record deleted',
    (log) => log.all().logRecords.deleteOne({ _id: recordAt(301) }),
    /record 301 was deleted$/,
  ],
  [
    'the last record deleted',
    async (log) => log.all().logRecords.deleteOne({ _id: recordAt((await log.size()) - 1) }),
    /record 6\d\d was deleted$/,
  ],
  [
    'a record deleted, and those after it moved up',
    async (log) => {
      for (let at = 320; at < 330; at += 1) await log.setText(at, await log.textAt(at + 1));
    },
    /record 320 was deleted: the one after it/,
  ],
  [
    'two records swapped',
    async (log) => {
      const [one, other] = [await log.textAt(310), await log.textAt(400)];
      await log.setText(310, other);
      await log.setText(400, one);
    },
    /record 310 was reordered: record 400 is in its place$/,
  ],
  [
    'two neighbours swapped',
    async (log) => {
      const [one, other] = [await log.textAt(310), await log.textAt(311)];
      await log.setText(310, other);
      await log.setText(311, one);
    },
    /record 310 was reordered: record 311 is in its place$/,
  ],
  [
    'a record put in, and those after it moved down',
    async (log) => {
      for (let at = 340; at > 330; at -= 1) await log.setText(at, await log.textAt(at - 1));
      await log.setText(330, (await log.textAt(330)).replace('company.updated', 'company.created'));
    },
    /record 330 \(company.created, .+\) was put in/,
  ],
  [
    'a record put in between',
    (log) => log.all().logRecords.insertOne({ _id: `${recordAt(300)}x`, record: '{}' }),
    /record 1:0+300x was put in/,
  ],
  [
    'a record put in at the end',
    async (log) =>
      log.all().logRecords.insertOne({ _id: recordAt(await log.size()), record: '{}' }),
    /record 1:0+6\d\d was put in: the log ends before it/,
  ],
  [
    'the action of an entry edited',
    (log) => log.setEntry({ action: 'certificate.created' }),
    /record \d+ \(certificate.revoked, .+\): audit entry rev_.+ was edited: action/,
  ],
  [
    'its company',
    (log) => log.setEntry({ company_id: 'comp-other' }),
    /rev_.+ was edited: company$/,
  ],
  ['its reason', (log) => log.setEntry({ reason: 'None' }), /rev_.+ was edited: reason$/],
  ['its reason emptied', (log) => log.setEntry({ reason: null }), /rev_.+ was edited: reason$/],
  [
    'its reason emptied as by a clean-up',
    (log) =>
      log
        .all()
        .audit.updateOne(
          { _id: `${log.revocationId}.0` },
          { $set: { reason: null, ip: null }, $unset: { person_salt: 1 } },
        ),
    /rev_.+ was edited: ip, reason$/,
  ],
  [
    'a reason put into an entry that a clean-up had emptied',
    (log) =>
      log
        .all()
        .audit.updateOne(
          { action: 'certificate.revoked', ip: null },
          { $set: { reason: 'a later one' } },
        ),
    /rev_.+ was edited: reason, ip$/,
  ],
  ['its time', (log) => log.setEntry({ at: new Date(1) }), /rev_.+ was edited: time$/],
  [
    'its certificate',
    (log) => log.setEntry({ certificates: ['EC-other'] }),
    /rev_.+ was edited: certificates or consents$/,
  ],
  [
    'its salt',
    (log) => log.setEntry({ salt: 'AAAAAAAAAAAAAAAAAAAAAA' }),
    /rev_.+ was edited: salt$/,
  ],
  [
    'a certificate’s salt',
    (log) =>
      log
        .all()
        .certificates.updateOne(
          { _id: log.certificateId },
          { $set: { ledger_salt: 'AAAAAAAAAAAAAAAAAAAAAA' } },
        ),
    /certificate EC-.+ was edited: ledger_salt does not open ledger_ref/,
  ],
  [
    'an entry deleted',
    (log) => log.all().audit.deleteOne({ _id: `${log.revocationId}.0` }),
    /record \d+ \(certificate.revoked, .+\): what it is about was deleted$/,
  ],
  [
    'two entries reordered',
    async (log) => {
      await log.setLeaf(350, 10_000);
      await log.setLeaf(351, 350);
      await log.setLeaf(10_000, 351);
    },
    /record 350 .+ is in the place of another, it was reordered from 351$/,
  ],
  [
    'an entry put in that has a place',
    async (log) => log.all().audit.insertOne({ ...(await log.entryOf()), _id: 'rev_other.0' }),
    /audit entry rev_.+ was put in/,
  ],
  [
    'an entry put in between two places',
    async (log) =>
      log.all().audit.insertOne({ ...(await log.entryOf()), _id: 'put-in', leaf: 300.5 }),
    /audit entry put-in was put in/,
  ],
  [
    'an entry put in beyond the log',
    async (log) =>
      log.all().audit.insertOne({ ...(await log.entryOf()), _id: 'put-in', leaf: 5_000 }),
    /audit entry put-in was put in: the log ends before its place/,
  ],
  [
    'an entry put in that has none',
    async (log) =>
      log
        .all()
        .audit.insertOne({ ...(await log.entryOf()), _id: 'put-in', leaf: -1, at: new Date(0) }),
    /audit entry put-in is a minute old and not in the log/,
  ],
  [
    'the amount on a page of the ledger',
    (log) =>
      log
        .all()
        .ledgerPages.updateOne(
          { 'lines.kind': 'check_match' },
          { $inc: { 'lines.0.amount_microusd': 1 } },
        ),
    /record \d+ \(ledger.page, .+\): ledger page comp-.+ was edited: lines$/,
  ],
  [
    'its balance',
    (log) => log.all().ledgerPages.updateOne({}, { $inc: { balance_after_microusd: 1 } }),
    /ledger page comp-.+ was edited: balance_microusd$/,
  ],
  [
    'a tile',
    (log) => log.turnBit('1:0:1', 50),
    /record 306 .+: tile 0\/001 is not its: it was edited$/,
  ],
  ['a tile at the edge', (log) => log.turnBit('1:0:2', 9), /record 521 .+: tile 0\/002 is not its/],
  [
    'a tile above',
    (log) => log.turnBit('1:1:0', 1),
    /records 256 to 511: tile 1\/000 is not theirs: it was edited$/,
  ],
  [
    'a tile deleted',
    (log) => log.all().logTiles.deleteOne({ _id: '1:1:0' }),
    /records 0 to 255: tile 1\/000 is not theirs/,
  ],
  [
    'a tile put in',
    async (log) => {
      const tile = (await log.all().logTiles.findOne({ _id: '1:0:0' }))!;
      await log.all().logTiles.insertOne({ ...tile, _id: '1:0:9' });
    },
    /tile 1:0:9 was put in$/,
  ],
  [
    'the head’s root',
    (log) => log.setHead({ root: EMPTY_ROOT.toString('base64') }),
    /the head of .+ was edited/,
  ],
  [
    'the checkpoint replaced by an older one',
    (log) => log.setHead({ checkpoint: log.kept }),
    /the published checkpoint of .+ was replaced/,
  ],
  [
    'the checkpoint edited',
    async (log) => {
      const { checkpoint } = (await log.all().logHeads.findOne({ _id: 1 }))!;
      const root = checkpoint!.split('\n')[2]!;
      await log.setHead({ checkpoint: checkpoint!.replace(root, EMPTY_ROOT.toString('base64')) });
    },
    /the published checkpoint of .+ is signed by no key of it$/,
  ],
  [
    'the checkpoint deleted',
    (log) => log.setHead({ checkpoint: null }),
    /the checkpoint of .+ was deleted/,
  ],
];
