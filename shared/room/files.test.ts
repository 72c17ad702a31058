/** Files in the room machine: an offer is a message, the rest is carried and takes nothing from what people say. */
import { describe, expect, test } from 'vitest';
import { meet } from '../testing/sim-check.ts';
import type { Page } from '../testing/sim-world.ts';
import { encodeFileFrame, type FileOffer } from '../wire/file.ts';

const offer: FileOffer = {
  key: new Uint8Array(32).fill(1),
  root: new Uint8Array(32).fill(2),
  size: 5,
  name: 'a.txt',
  mediaType: 'text/plain',
  about: { kind: 'picture', width: 3, height: 2, preview: Uint8Array.of(9) },
};
const frame = (position: number) => encodeFileFrame(7, position, Uint8Array.of(1, 2, 3));

describe('an offer', () => {
  test('is a message with its place, shown by everyone and delivered', () => {
    const sim = meet(1, 3);
    const [ann, bob, cem] = sim.pages as [Page, Page, Page];
    ann.say('look');
    ann.feed({ type: 'offer-file', offer });
    sim.run(1000);
    for (const page of [bob, cem]) {
      expect(page.texts).toEqual(['look', '']);
      expect(page.shown[1]).toMatchObject({ from: ann.id, file: offer });
    }
    expect(ann.shown[1]).toMatchObject({ from: 'me', file: offer, delivery: { state: 'delivered', of: 2 } });
    expect(ann.shown[1]?.id).toBe(bob.shown[1]?.id);
  });

  test('made alone waits for the first to come', () => {
    const sim = meet(2, 1);
    const [ann] = sim.pages as [Page];
    ann.feed({ type: 'offer-file', offer });
    const bob = sim.open('Bob');
    sim.until(() => bob.shown.length === 1, 'the offer');
    expect(bob.shown[0]).toMatchObject({ file: offer });
  });

  test('that nobody would take is its own page’s mistake, and goes nowhere', () => {
    const sim = meet(3, 2);
    const [ann, bob] = sim.pages as [Page, Page];
    expect(() => ann.feed({ type: 'offer-file', offer: { ...offer, name: 'x'.repeat(300) } })).toThrow(RangeError);
    expect(() => ann.feed({ type: 'offer-file', offer: { ...offer, size: 2 ** 31 + 1 } })).toThrow(RangeError);
    sim.run(1000);
    expect(bob.shown).toEqual([]);
  });
});

describe('what is carried for transfers', () => {
  test('control arrives, also over a cut, and frames arrive by the relay', () => {
    const sim = meet(4, 2, { direct: false });
    const [ann, bob] = sim.pages as [Page, Page];
    bob.cut(4000);
    ann.feed({ type: 'file-control', peer: bob.id, control: Uint8Array.of(4, 5) });
    sim.run(20_000);
    expect(bob.fileControls).toEqual([{ peer: ann.id, bytes: [4, 5] }]);
    ann.feed({ type: 'file-frame', peer: bob.id, frame: frame(3) });
    sim.run(1000);
    expect(bob.fileFrames).toEqual([{ peer: ann.id, length: 16_384 }]);
  });

  test('a thousand frames take nothing from what a member may say', () => {
    const sim = meet(5, 2, { direct: false });
    const [ann, bob] = sim.pages as [Page, Page];
    for (let position = 0; position < 1000; position++) ann.feed({ type: 'file-frame', peer: bob.id, frame: frame(position) });
    ann.say('still here');
    sim.run(3000);
    expect(bob.texts).toContain('still here');
    expect(bob.drops.get('pair flood') ?? 0).toBe(0);
    expect(bob.fileFrames.length).toBe(1000);
  });

  test('frames for someone who is gone go nowhere', () => {
    const sim = meet(6, 2);
    const [ann, bob] = sim.pages as [Page, Page];
    bob.feed({ type: 'leave' });
    sim.run(1000);
    ann.feed({ type: 'file-frame', peer: bob.id, frame: frame(0) });
    ann.feed({ type: 'file-control', peer: bob.id, control: Uint8Array.of(1) });
    sim.run(1000);
    expect(bob.fileFrames).toEqual([]);
  });

  test('a file frame among the frames of a link, or of no member, is refused and counted', () => {
    const sim = meet(7, 2);
    const [ann, bob] = sim.pages as [Page, Page];
    bob.feed({ type: 'link-bytes', peer: ann.id, bytes: frame(0) });
    expect([...bob.drops.keys()].some((reason) => reason.endsWith('unexpected'))).toBe(true);
    expect(bob.fileFrames).toEqual([]);
  });
});
