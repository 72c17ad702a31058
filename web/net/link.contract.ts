/**
 * What every `Link` must do, as named checks that need no test framework: Vitest runs them over the in-memory link, and a
 * page in a real browser runs the same ones over WebRTC.
 */
import type { LinkFingerprints } from '../../shared/room/types.ts';
import type { Link, LinkEvents, OpenLink } from './link.ts';

export interface LinkCheck {
  readonly name: string;
  run(open: OpenLink): Promise<void>;
}

/** One end under test, with everything it reported. */
interface End {
  readonly link: Link;
  readonly frames: Uint8Array[];
  readonly files: Uint8Array[];
  rooms: number;
  readonly fingerprints: LinkFingerprints[];
  closed: number;
}

const patience = 10_000;

function expect(claim: boolean, what: string): asserts claim {
  if (!claim) throw new Error(`link contract: ${what}`);
}

/** Resolves when `reached` holds, looking at every turn of the event loop; fails after ten seconds. */
async function until(reached: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + patience;
  while (!reached()) {
    expect(performance.now() < deadline, `waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Two ends whose signals go to each other through `carry`, which may watch or change them. */
function pair(
  open: OpenLink,
  carry: (signal: string, deliver: (signal: string) => void) => void = (signal, deliver) => deliver(signal),
): [End, End] {
  const end = (offers: boolean, other: () => End): End => {
    const made = { frames: [] as Uint8Array[], files: [] as Uint8Array[], rooms: 0, fingerprints: [] as LinkFingerprints[], closed: 0 };
    const events: LinkEvents = {
      signal: (text) => carry(text, (passed) => queueMicrotask(() => other().link.signal(passed))),
      open: (fingerprints) => made.fingerprints.push(fingerprints),
      bytes: (bytes) => made.frames.push(bytes),
      file: (frame) => made.files.push(frame),
      fileRoom: () => {
        made.rooms++;
      },
      closed: () => {
        made.closed++;
      },
    };
    return Object.assign(made, { link: open({ offers, iceServers: [] }, events) });
  };
  const ends: End[] = [];
  ends.push(end(true, () => ends[1]!));
  ends.push(end(false, () => ends[0]!));
  return [ends[0]!, ends[1]!];
}

async function openPair(open: OpenLink): Promise<[End, End]> {
  const [a, b] = pair(open);
  await until(() => a.fingerprints.length === 1 && b.fingerprints.length === 1, 'both ends are open');
  return [a, b];
}

const numbered = (n: number, length: number): Uint8Array => new Uint8Array(length).fill(n & 255);

export const linkContract: readonly LinkCheck[] = [
  {
    name: 'opens, and each end names the fingerprints that the other names, crosswise',
    async run(open) {
      const [a, b] = await openPair(open);
      const [mine, theirs] = [a.fingerprints[0]!, b.fingerprints[0]!];
      expect(mine.local === theirs.remote && mine.remote === theirs.local, 'fingerprints differ');
      expect(/^SHA-256 (?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/.test(mine.local), `fingerprint is ${mine.local}`);
      expect((await a.link.path()) === 'direct', 'a link without a TURN server is direct');
      a.link.close();
      b.link.close();
    },
  },
  {
    name: 'carries frames of every size whole and in order, both ways, as plain Uint8Arrays',
    async run(open) {
      const [a, b] = await openPair(open);
      const sizes = [1, 256, 16_384, 2, 8192, 512];
      sizes.forEach((size, i) => {
        a.link.send(numbered(i, size));
        b.link.send(numbered(100 + i, size));
      });
      await until(() => a.frames.length === sizes.length && b.frames.length === sizes.length, 'all frames are there');
      sizes.forEach((size, i) => {
        const [atA, atB] = [a.frames[i]!, b.frames[i]!];
        expect(atB.length === size && atB[0] === i && atA.length === size && atA[0] === 100 + i, `frame ${i} differs`);
        expect(Object.getPrototypeOf(atB) === Uint8Array.prototype, 'a frame is not a plain Uint8Array');
      });
      a.link.close();
      b.link.close();
    },
  },
  {
    name: 'file frames arrive all, beside the others, and room is told when it had run out',
    async run(open) {
      const [a, b] = await openPair(open);
      const count = 200;
      let sent = 0;
      let refused = 0;
      await until(() => {
        while (sent < count && a.link.sendFile(numbered(sent, 16_384))) sent++;
        if (sent < count && sent > 0) refused++;
        return sent === count;
      }, 'everything is handed over');
      a.link.send(numbered(7, 100));
      await until(() => b.files.length === count && b.frames.length === 1, 'everything is there');
      expect(new Set(b.files.map((frame) => frame[0])).size === count, 'each once');
      expect(refused > 0 && a.rooms > 0, 'room ran out and came back');
      a.link.close();
      b.link.close();
    },
  },
  {
    name: 'a burst of 4 MiB arrives complete, and waitingBytes falls back to zero',
    async run(open) {
      const [a, b] = await openPair(open);
      for (let i = 0; i < 256; i++) a.link.send(numbered(i, 16_384));
      expect(a.link.waitingBytes() > 0, 'nothing waits in a burst');
      await until(() => b.frames.length === 256, 'the burst is there');
      expect(
        b.frames.every((frame, i) => frame[0] === i && frame.length === 16_384),
        'the burst is out of order',
      );
      await until(() => a.link.waitingBytes() === 0, 'nothing waits');
      a.link.close();
      b.link.close();
    },
  },
  {
    name: 'the frame may be changed or wiped by its owner once send has returned',
    async run(open) {
      const [a, b] = await openPair(open);
      const frame = numbered(7, 256);
      for (let i = 0; i < 200; i++) a.link.send(numbered(1, 16_384)); // so that it must wait
      a.link.send(frame);
      frame.fill(0);
      await until(() => b.frames.length === 201, 'the frame is there');
      expect(b.frames[200]![0] === 7, 'the frame changed after send');
      a.link.close();
      b.link.close();
    },
  },
  {
    name: 'closing one end tells the other once, and oneself never',
    async run(open) {
      const [a, b] = await openPair(open);
      a.link.close();
      a.link.close();
      await until(() => b.closed === 1, 'the other end is told');
      a.link.send(numbered(1, 10));
      b.link.send(numbered(1, 10));
      expect(a.closed === 0 && a.link.waitingBytes() === 0, 'a closed end reports');
      b.link.close();
      expect(b.closed === 1, 'told twice');
    },
  },
  {
    name: 'what was sent just before closing still arrives, and then the end',
    async run(open) {
      const [a, b] = await openPair(open);
      a.link.send(numbered(3, 512));
      a.link.close();
      await until(() => b.closed === 1, 'the other end is told');
      expect(b.frames.length === 1 && b.frames[0]![0] === 3, 'the goodbye was lost');
    },
  },
  {
    name: 'junk, repeated and misdirected signals neither throw nor harm the link',
    async run(open) {
      const junk = ['', 'x', 'null', '[]', '{}', '{"type":"offer"}', '{"renegotiate":true}', '{"transceiverRequest":{"kind":"video"}}'];
      junk.push('{"type":"candidate","candidate":{"candidate":7}}', `{"type":"offer","sdp":"${'v'.repeat(70_000)}"}`);
      const [a, b] = pair(open, (signal, deliver) => {
        for (const bad of junk) deliver(bad);
        deliver(signal);
        deliver(signal);
      });
      await until(() => a.fingerprints.length === 1 && b.fingerprints.length === 1, 'both ends are open');
      for (const bad of junk) a.link.signal(bad);
      a.link.send(numbered(9, 300));
      await until(() => b.frames.length === 1, 'a frame arrives after the junk');
      expect(a.closed === 0 && b.closed === 0, 'junk closed the link');
      a.link.close();
      b.link.close();
    },
  },
  {
    name: 'an end closed before it opened stays silent',
    async run(open) {
      const [a, b] = pair(open);
      a.link.close();
      b.link.close();
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(a.closed + b.closed + a.fingerprints.length + b.fingerprints.length === 0, 'a closed end reported');
    },
  },
];
